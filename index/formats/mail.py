"""Mail: EML and MBOX. Headers, body and attachments that can be read are sections of their own."""

from __future__ import annotations

import email
import email.policy
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, gathered
from index.formats.members import Members
from index.html import declared_charset, read_part
from index.ocr import Scans

HEADERS = ("From", "To", "Cc", "Date", "Subject")
MESSAGES = 20_000
# Messages begin behind an empty line, with a line that holds a year: "From now on" does not.
_FROM = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From [^\r\n]*\d{4}[^\r\n]*\r?\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def read_eml(data: bytes, scans: Scans | None) -> Extracted:
    """One message. Raises Unreadable."""
    message = _parsed(data)
    members = Members(scans)
    return replace(
        gathered(_parts(message, "", members)),
        title=_header(message, "Subject"),
        author=_header(message, "From"),
        date=_date(message),
        left=members.left,
    )


def read_mbox(data: bytes, scans: Scans | None) -> Extracted:
    """Many messages, each called by its number and subject. Raises Unreadable."""
    starts = [found.end() for found in _FROM.finditer(data)]
    ends = [*[found.start() for found in _FROM.finditer(data)][1:], len(data)]
    if not starts:
        raise Unreadable('it is no mailbox: no line begins with "From " and holds a date')
    if len(starts) > MESSAGES:
        raise Unreadable(f"it holds {len(starts)} messages; the limit is {MESSAGES}. Split it")

    members = Members(scans)
    broken: list[Unreadable] = []

    def parts() -> Iterator[tuple[str, Extracted]]:
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
            try:
                message = _parsed(_QUOTED.sub(rb"\1", data[start:end]))
            except Unreadable as error:
                broken.append(error)
                members.leave(f"message {number}", str(error))
                continue
            yield from _parts(message, f"{number}, {_header(message, 'Subject') or '–'}", members)

    found = gathered(parts())
    if broken and len(broken) == len(starts):
        raise broken[0]
    return replace(found, left=members.left)


def _parsed(data: bytes) -> EmailMessage:
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
    except (ValueError, LookupError, RecursionError) as error:
        raise Unreadable(f"it is no mail: {error}") from error
    if not message.keys():
        raise Unreadable("it is no mail: it has no header")
    return message


def _parts(message: EmailMessage, label: str, members: Members) -> Iterator[tuple[str, Extracted]]:
    heads = [f"{name}: {value}" for name in HEADERS if (value := _header(message, name))]
    yield label or "header", Extracted("\n".join(heads))
    bodies = _bodies(message)
    for body in bodies:
        yield label or "body", Extracted(_text(body))
    for attached in _attachments(message, bodies):
        name = attached.get_filename() or ""
        if not name and attached.get_content_maintype() == "text":
            yield label or "body", Extracted(_text(attached))
            continue
        name = name or attached.get_content_type()
        place = f"{label}, {name}".lstrip(", ")
        yield place, _attached(name, place, attached, members) or Extracted(name)


def _bodies(part: MIMEPart) -> list[MIMEPart]:
    """The plain text, or the HTML where that says far more: "Please view this message in a reader of HTML". Where they
    are no alternatives but follow each other, both."""
    plain, page = (part.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    if plain is None or page is None:
        return [one for one in (plain, page) if one is not None]
    if part.get_content_type() == "multipart/mixed" and {plain, page} <= set(part.iter_parts()):
        return [plain, page]
    return [page if _is_stub(_text(plain), _text(page)) else plain]


def _is_stub(plain: str, page: str) -> bool:
    """Whether a plain text holds less than half of the words of the page that it is to stand for."""
    words = {word for word in page.casefold().split() if word.isalnum()}
    return len(plain) < len(page) and 2 * len(words & set(plain.casefold().split())) < len(words)


def _attachments(part: MIMEPart, bodies: list[MIMEPart]) -> Iterator[MIMEPart]:
    """All that is not the body, also inside of what is signed or forwarded with attachments of its own."""
    for one in part.iter_attachments():
        if one.get_content_maintype() != "multipart":
            yield one
            continue
        yield from (inner for inner in _bodies(one) if inner not in bodies)
        yield from _attachments(one, bodies)


def _text(part: MIMEPart) -> str:
    content = _decoded(part)
    if part.get_content_subtype() == "html":
        try:
            return read_part(content).text
        except Unreadable:
            return ""
    return content


def _decoded(part: MIMEPart) -> str:
    """By the encoding that the mail names; where it names none that holds, as any file."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    named = part.get_content_charset() or "us-ascii"
    try:
        return payload.decode(named)
    except (LookupError, UnicodeDecodeError):
        pass  # a mail may name an encoding that it is not in: then its bytes decide
    try:
        return decode(payload, declared_charset(payload))
    except Unreadable:
        return payload.decode("utf-8", "replace")


def _attached(name: str, place: str, part: MIMEPart, members: Members) -> Extracted | None:
    """None where it has no text that we read: then its name alone says that it was there."""
    from index.formats import FORMATS

    suffix = "." + name.rpartition(".")[2].lower() if "." in name else ""
    suffix = suffix or mimetypes.guess_extension(part.get_content_type()) or ""
    payload = part.get_payload(decode=True)
    if part.get_content_maintype() == "text" and part.get_content_charset():
        payload = _decoded(part).encode("utf-8", "replace")
    if part.get_content_maintype() == "message" or suffix in (".zip", ".eml", ".mbox"):
        members.leave(place, "an archive or mail in a mail; save it as a file of its own")
        return None
    if suffix not in FORMATS or not isinstance(payload, bytes):
        return None
    return members.read(place, suffix, payload)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, AttributeError, IndexError, TypeError):  # the parser's own faults on bent headers
        return ""


def _date(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError):
        return ""
