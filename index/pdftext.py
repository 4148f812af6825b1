"""A page's text as pdfium gives it, to the text that we keep, each character with pdfium's number of it.

It is pdfium's, character by character, with what was filled in beside its labels (`index.pdffields`), and four
changes: CR is dropped (lines end in LF), as are NUL and soft hyphens; a hyphen that breaks a word at a line's end is
dropped before a small letter and is "-" before any other; Latin ligatures are spelt out; raised figures are such
characters, "10³" and not "103".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from ctypes import c_double
from typing import Any

from index.pdffields import Field, woven
from index.raised import RAISED

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# TeX's own numbers (T1) of what has others in Unicode; its bitmap fonts tell pdfium no more.
T1 = {"\x10": "“", "\x11": "”", "\x12": "„", "\x13": "«", "\x14": "»", "\x15": "–", "\x16": "—"}
T1 |= {"\x1b": "ff", "\x1c": "fi", "\x1d": "fl", "\x1e": "ffi", "\x1f": "ffl"}
SPELT = LIGATURES | T1
BROKEN = frozenset("\x02\ufffe")  # pdfium's marks for a hyphen at a line's end
LONG = 24  # characters on either side of a break that are looked at for its word
HYPHEN = "\u2010"  # which pdfium leaves where it breaks a word
DROPPED = frozenset("\0\r\u00ad\uffff")
NUMBERS = frozenset("\1\3\4\5\6\7\x08")  # no text has these; glyphs do, the space mostly that of 3
GARBLED = 0.05  # of a page's characters
_HIGH = {sign: RAISED[sign] for sign in "0123456789+-−"}
CLOSING = frozenset(".,;:!?%)]}»”’\"'…")
# In sizes of the character before: how small and how high a raised one is, and how high what stands on the line.
SMALLER, HIGHER, LEVEL = 0.9, 0.15, 0.05


def text_of(text_page: Any, filled: Sequence[Field] = ()) -> tuple[str, list[int]]:
    """The text of a page with what was filled in, and for each character of it the number of pdfium's, or of its field
    (-1, -2, …); none where its fonts tell nothing."""
    raw = _raw(text_page)
    if not raw or _is_garbled(text_page, raw):
        return "", []
    raised = _raised(text_page, raw)
    return _kept(woven(text_page, raised, filled) if filled else raised)


def _raw(text_page: Any) -> list[tuple[str, int]]:
    """pdfium's characters with their numbers; the halves of a surrogate pair are put together."""
    from pypdfium2.raw import FPDFText_GetUnicode

    codes = [int(FPDFText_GetUnicode(text_page, number)) for number in range(text_page.count_chars())]
    raw: list[tuple[str, int]] = []
    for number, code in enumerate(codes):
        if 0xDC00 <= code < 0xE000 and number and 0xD800 <= codes[number - 1] < 0xDC00:
            high = codes[number - 1]
            raw[-1] = (chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)), number - 1)
        else:
            raw.append((chr(code) if code < 0x110000 else "\ufffd", number))
    return raw


def _is_garbled(text_page: Any, raw: list[tuple[str, int]]) -> bool:
    """Whether the page's characters are mere numbers of glyphs: its fonts do not tell what most of them mean.

    TeX's bitmap fonts do not tell either, but their numbers are those of the characters, as good as all.
    """
    from pypdfium2.raw import FPDFText_HasUnicodeMapError

    if sum(char in NUMBERS for char, _ in raw) <= GARBLED * len(raw):
        return False
    written = [number for char, number in raw if not char.isspace()]
    untold = [number for number in written if FPDFText_HasUnicodeMapError(text_page, number) == 1]
    return len(untold) > len(written) / 2


def _raised(text_page: Any, raw: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """With raised figures behind a word or a number as such characters: they are no digits of that number.

    The line goes on behind them, where pdfium begins another.
    """
    found = list(raw)
    lies_on: dict[int, int] = {}  # what the raised character at a place stands above, by pdfium's number
    for place, (char, number) in enumerate(raw):
        if char not in _HIGH and not (char == "," and place - 1 in lies_on):
            continue
        before, base = raw[place - 1] if place else ("", 0)
        if not before.isalnum() and before not in CLOSING and place - 1 not in lies_on:
            continue
        base = lies_on.get(place - 1, base)
        rise, size = _above(text_page, base, number)
        if rise < HIGHER or size > SMALLER:
            continue
        lies_on[place] = base
        found[place] = _HIGH.get(char, char), number
        breaks, behind = raw[place + 1 : place + 3], raw[place + 3 : place + 5]
        if [later for later, _ in breaks] == ["\r", "\n"]:
            following, its = next((one for one in behind if one[0] != " "), ("", base))
            if following and abs(_above(text_page, base, its)[0]) < LEVEL:
                space = "\0" if following in CLOSING or behind[0][0] == " " else " "
                found[place + 1 : place + 3] = [(space, breaks[0][1]), ("\0", breaks[1][1])]
    return found


def _above(text_page: Any, base: int, number: int) -> tuple[float, float]:
    """How high a character stands above the line of another, and how large it is, in sizes of the other."""
    from pypdfium2.raw import FS_MATRIX, FPDFText_GetMatrix

    (x, y), (on_x, on_y) = _origin(text_page, number), _origin(text_page, base)
    if min(abs(x - on_x), abs(y - on_y)) < 0.01:  # as nearly all are: the rest costs more
        return 0.0, 1.0
    matrix = FS_MATRIX()
    FPDFText_GetMatrix(text_page, base, matrix)
    across, up = matrix.c, matrix.d
    high, size = _size(text_page, base, matrix), _size(text_page, number, matrix)
    rise = ((x - on_x) * across + (y - on_y) * up) / (math.hypot(across, up) or 1.0)
    return rise / (high or 1.0), size / (high or 1.0)


def _origin(text_page: Any, number: int) -> tuple[float, float]:
    """Where a character stands on its line."""
    from pypdfium2.raw import FPDFText_GetCharOrigin

    x, y = c_double(), c_double()
    FPDFText_GetCharOrigin(text_page, number, x, y)
    return x.value, y.value


def _size(text_page: Any, number: int, matrix: Any) -> float:
    """How large a character is; `matrix` is room for its own."""
    from pypdfium2.raw import FPDFText_GetFontSize, FPDFText_GetMatrix

    FPDFText_GetMatrix(text_page, number, matrix)
    return abs(float(FPDFText_GetFontSize(text_page, number))) * math.hypot(matrix.c, matrix.d)


def _kept(raw: list[tuple[str, int]]) -> tuple[str, list[int]]:
    characters: list[str] = []
    numbers: list[int] = []
    broken = False  # a word is, at this line's end
    for place, (char, number) in enumerate(raw):
        if char in DROPPED or (broken and char == "\n"):
            continue
        broken = char == HYPHEN and [later for later, _ in raw[place + 1 : place + 2]] in (["\r"], ["\n"])
        if broken or char in BROKEN:
            char = "-" if _keeps_hyphen(characters[-LONG:], raw[place + 1 : place + LONG]) else ""
        for kept in SPELT.get(char, char):
            characters.append(kept)
            numbers.append(number)
    return "".join(characters), numbers


def _keeps_hyphen(before: list[str], after: list[tuple[str, int]]) -> bool:
    """Whether a word has the hyphen at which it was broken: before a capital, as one of several, or behind a single
    letter, where no word is broken ("c'est-à-dire", "a-t-il")."""
    begun = ("".join(before).split() or [""])[-1]
    rest = ("".join(char for char, _ in after).split() or [""])[0]
    letter = begun[-1:].isalpha() and not begun[-2:-1].isalpha()
    return letter or not rest[:1].islower() or ("-" in begun and "-" in rest)
