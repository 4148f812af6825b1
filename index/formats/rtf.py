"""Word processors: RTF. The text, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from index.decoding import decode
from index.errors import Unreadable
from index.formats.about import author_in, dated, title_in
from index.formats.extracted import Extracted, clean
from index.formats.header import Cells
from index.formats.rows import table
from index.raised import raised

_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'[0-9a-f]{2}|\\[^a-z]|[{}]|[^\\{}]+", re.IGNORECASE | re.DOTALL
)
_GONE = {"deleted", "strike", "striked", "v"}
_ENDS = re.compile(r"\\(?:par|sect)(?![a-z])")
# Where a row begins, and a cell and a row end: no text has these.
_BEGIN, _CELL, _ROW = "\ue000", "\ue001", "\ue002"
_TABLE = {"trowd": _BEGIN, "cell": _CELL, "row": _ROW}


def read_rtf(data: bytes) -> Extracted:
    """Raises Unreadable."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise Unreadable("it is no RTF file, whatever its name says")
    try:
        rtf = decode(data)
        text = _with_rows(rtf_to_text("".join(_with_notes(_without_marks(rtf))), errors="replace"))
        title, author = (_told(rtf, name) for name in ("title", "author"))
        return Extracted(clean(text).strip(), title_in(title), author=author_in(author), date=_date(rtf))
    except (ValueError, IndexError, KeyError, LookupError, RecursionError) as error:
        raise Unreadable(f"it is no whole RTF file: {error}") from error


def _without_marks(rtf: str) -> Iterator[str]:
    """Without what is deleted, struck or hidden, and with raised figures as such."""
    marks, outer, before = frozenset[str](), list[frozenset[str]](), ""
    for token in _TOKEN.finditer(rtf):
        said, word, value = token[0], token[1], token[2]
        if said == "{":
            outer.append(marks)
        elif said == "}":
            marks = outer.pop() if outer else marks
        elif word == "nosupersub":
            marks -= {"super"}
        elif word == "plain":
            marks -= {"super", "strike", "striked", "v"}
        elif word in _GONE or word == "super":
            marks = marks - {word} if value == "0" else marks | {word}
        elif word is None or word == "u":
            if marks & _GONE:
                continue
            if "super" in marks and word is None:
                said = _escaped(raised(said, before))
            before = said
        yield _escaped(_TABLE[word]) if word in _TABLE else said


def _with_notes(tokens: Iterable[str]) -> Iterator[str]:
    """With footnotes, which are written in the midst of a sentence, behind their paragraph."""
    notes: list[str] = []
    level = depth = 0  # of groups, and of those in a note, its own included
    for said in tokens:
        level += (said == "{") - (said == "}")
        if depth:
            depth += (said == "{") - (said == "}")
            notes[-1] += said
            if depth:
                continue  # what ends it ends the group that it stands in, too
        elif re.match(r"\\footnote(?![a-z])", said):
            depth = 1
            notes.append("\\par {")
            continue
        elif notes and (not level or _ENDS.match(said) or said == _escaped(_CELL)):
            yield from notes
            notes = []
        yield said
    yield from notes  # of a file that is cut off


def _with_rows(text: str) -> str:
    """With each row of a table as a line that is readable alone."""
    found: list[str] = []
    rows: list[Cells] = []
    *ended, rest = text.split(_ROW)
    for part in ended:
        above, _, row = part.partition(_BEGIN) if _BEGIN in part.split(_CELL)[0] else ("", "", part)
        if above.strip():
            found += [*(line for _, line in table(rows)), above.strip("\n")]
            rows = []
        *cells, beyond = row.replace(_BEGIN, "").split(_CELL)  # what no cell ends is read all the same
        rows.append([*cells, beyond] if beyond.strip() else cells)
    rest = rest.replace(_BEGIN, "").replace(_CELL, " ")
    return "\n".join([*found, *(line for _, line in table(rows)), rest])


def _told(rtf: str, name: str) -> str:
    """What the file says of itself under a name, or ""."""
    from striprtf.striprtf import rtf_to_text

    found = re.search(rf"\{{\\{name} ((?:[^{{}}\\]|\\.)*)\}}", rtf)
    page = re.search(r"\\ansicpg\d+", rtf)
    return rtf_to_text(f"{{{page[0] if page else ''} {found[1]}}}", errors="replace") if found else ""


def _date(rtf: str) -> str:
    """When it was changed last, or else made."""
    for name in ("revtim", "creatim"):
        if found := re.search(rf"\{{\\{name}\\yr(\d{{4}})\\mo(\d\d?)\\dy(\d\d?)", rtf):
            return dated(f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}")
    return ""


def _escaped(text: str) -> str:
    """As RTF writes what is no ASCII, in a group of its own, in which no replacement follows."""
    return "".join(one if one < "\x7f" else f"{{\\uc0\\u{ord(one)} }}" for one in text)
