"""Bytes of a text file to text: UTF-8 unchanged, UTF-16 by its mark, legacy encodings by a guess."""

from __future__ import annotations

import codecs
import re

from index.errors import Unreadable
from index.language import LATIN, detect

SAMPLE = 100_000  # bytes that a guess is made from
RATHER = 20  # so many characters of UTF-8 to one byte that is none tell more than that byte

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_BAD = re.compile("[\udc80-\udcff]")
_LETTER = r"[^\W\d_]"
_NOT_WESTERN = re.compile(rf"{_LETTER}[¡-©¬®-¶¸º»-¿×÷ðþ]{_LETTER}|[ðþÐÞ]")


def decode(data: bytes, declared: str = "") -> str:
    """The text of `data`, nothing in it changed: a UTF-8 mark stays as U+FEFF, line ends stay as they are.

    `declared` is an encoding that the file names for itself. Raises Unreadable for what is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and _controls(data) < 0.3:
        return text
    wide = _wide(data)
    if wide:
        return _strictly(data, wide)
    if text is not None or _controls(data) > 0.02:
        raise Unreadable("it is not text but binary data")
    if declared:
        try:
            return data.decode(_meant(declared))
        except (LookupError, UnicodeDecodeError):
            pass  # a page may name an encoding that it is not in: then its bytes decide
    mended = _mended(data)
    return _legacy(data) if mended is None else mended


def _meant(declared: str) -> str:
    """As browsers read it: pages that call themselves Latin-1 or ASCII are in what Windows makes of it."""
    return {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254"}.get(
        codecs.lookup(declared).name, declared
    )


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"its {encoding.upper()} text is damaged at byte {error.start}") from error


def _controls(data: bytes) -> float:
    sample = data[:SAMPLE]
    return 1 - len(sample.translate(None, _CONTROLS)) / len(sample) if len(sample) >= 16 else 0.0


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: every other byte of Latin text is zero."""
    even, odd = data[0:SAMPLE:2], data[1:SAMPLE:2]
    if len(data) < 16 or len(data) % 2:
        return ""
    if odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.7 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return ""


def _mended(data: bytes) -> str | None:
    """UTF-8 but for a few bytes, which are read as Windows-1252, or but for the end of its last character."""
    text = data.decode("utf-8", "surrogateescape")
    bad = len(_BAD.findall(text))
    good = sum(char > "\x7f" for char in text) - bad
    if good and _is_cut(data):
        return data.decode("utf-8", "replace")
    if good < RATHER * bad:
        return None
    return _BAD.sub(lambda byte: byte[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace"), text)


def _is_cut(data: bytes) -> bool:
    """Whether nothing but the end is missing."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False


def _legacy(data: bytes) -> str:
    """Windows-1252 where that reads as a Western language; else what charset-normalizer finds likeliest.

    charset-normalizer alone takes short French for Baltic and German for Polish, their letters being alike.
    """
    from charset_normalizer import from_bytes

    western = _western(data)
    if western is not None:
        return western
    best = from_bytes(data[:SAMPLE]).best()
    if best is None:
        raise Unreadable("its encoding is unknown; save it as UTF-8")
    try:
        return data.decode(best.encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not all in one encoding ({best.encoding}?); save it as UTF-8") from error


def _western(data: bytes) -> str | None:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    sample = text[:SAMPLE]
    letters = [char for char in sample if char.isalpha()]
    accented = sum(char > "\x7f" for char in letters)
    if _NOT_WESTERN.search(sample) or accented * 3 > len(letters) > 12:
        return None
    return text if len(letters) <= 12 or detect(sample, "") in WESTERN else None


WESTERN = LATIN | {"da", "sv", "no", "fi", "ca", "gl"}
