"""Bent copies of real files, the same for the same number: bytes, numbers, tags, and the files inside of a ZIP."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

LONGEST = 40_000  # bytes of a bent file or of one inside of it
NUMBERS = (
    b"0", b"-1", b"1", b"255", b"65535", b"65536", b"1048576", b"2147483647", b"-2147483648", b"4294967296",
    b"99999999999999999999", b"1e308", b"NaN", b"0.0000001", b"XFD1048576", b"9" * 5_000,
)  # fmt: skip
JUNK = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", "\u202e".encode(), b"\r", b"\n\n",
    b"]]>", b"<!--", b"<![CDATA[", b"&a;", b"&#0;", b"&#x110000;", b"{{", b'"', b"\\", b"\\u0000", b"../../", b"%s%n",
    b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>', b"From x\n", b"--", b"\x1b[2J",
    b"Content-Transfer-Encoding: base64\n",
)  # fmt: skip
_NUMBER = re.compile(rb"[A-Z]{0,3}\d+(?:\.\d+)?")
_QUOTED = re.compile(rb'"[^"<>{}\n]{0,200}"')
_ELEMENT = re.compile(rb"<([A-Za-z][\w:.-]*)(?: [^<>]*)?(?:/>|>[^<>]*</\1>)")
_TAG = re.compile(rb"<([A-Za-z][\w:.-]*)[^<>]*>")

Bend = Callable[[bytearray, random.Random], None]


def mutated(good: bytes, number: int, seed: str) -> bytes:
    """The `number`-th bent copy of a file."""
    rng = random.Random(f"{seed}/{number}")
    if good[:2] == b"PK" and rng.random() < 0.75:
        return _repacked(good, rng)
    return _bent(good, rng)


def _bent(good: bytes, rng: random.Random) -> bytes:
    data = bytearray(good)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        if data:
            rng.choice(BENDS)(data, rng)
    return bytes(data[:LONGEST])


def _repacked(good: bytes, rng: random.Random) -> bytes:
    """A whole ZIP of which some files are bent, gone, doubled, exchanged or named otherwise."""
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        files = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    likely = [n for n, (_, data) in enumerate(files) if len(data) > 200] or list(range(len(files)))
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.choice(likely)
        name, data = files[at]
        match rng.randrange(12):
            case 0:
                files[at] = (name, b"")
            case 1:
                files[at] = (name, files[rng.randrange(len(files))][1])
            case 2:
                files[at] = (rng.choice(("../x", "/x", "x" * 500, "a\\b", name.upper(), "é.txt")), data)
            case 3:
                files.append((name, _bent(data, rng)))
            case _:
                files[at] = (name, _bent(data, rng))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.NameToInfo.pop(name, None)  # a name may stand twice
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 4, 32))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _cut(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.randint(1, max(1, len(data) // 4))]


def _truncate(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _copy(data: bytearray, rng: random.Random) -> None:
    at, to = rng.randrange(len(data)), rng.randrange(len(data))
    piece = bytes(data[at : at + rng.randint(1, 200)])
    data[to:to] = piece * rng.choice((1, 1, 2, 50, max(1, LONGEST // 2 // len(piece))))


def _junk(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at : at + rng.choice((0, 0, 1, 4))] = rng.choice((*JUNK, rng.randbytes(rng.randint(1, 64))))


def _number(data: bytearray, rng: random.Random) -> None:
    found = list(_NUMBER.finditer(data))
    if found:
        one = rng.choice(found)
        data[one.start() : one.end()] = rng.choice(NUMBERS)


def _nest(data: bytearray, rng: random.Random) -> None:
    """A tag opened thousands of times, or brackets."""
    found = list(_TAG.finditer(data))
    if found:
        one = rng.choice(found)
        piece = one[0] if rng.random() < 0.5 else b"<" + one[1] + b">"
        data[one.start() : one.start()] = piece * rng.choice((2, 60, 5_000))
    else:
        at = rng.randrange(len(data))
        data[at:at] = rng.choice((b"[", b"{", b'{"a":', b"(")) * rng.choice((30, 3_000, 30_000))


def _swap(data: bytearray, rng: random.Random) -> None:
    """Two tags, or two bytes, in each other's place."""
    found = list(_TAG.finditer(data))
    if len(found) > 1:
        one, other = sorted(rng.sample(found, 2), key=lambda tag: tag.start())
        first, second = one[0], other[0]
        data[other.start() : other.end()] = first
        data[one.start() : one.end()] = second
    else:
        one_at, other_at = rng.randrange(len(data)), rng.randrange(len(data))
        data[one_at], data[other_at] = data[other_at], data[one_at]


def _value(data: bytearray, rng: random.Random) -> None:
    """Another value between two quotes: what it stands in stays whole."""
    found = list(_QUOTED.finditer(data))
    if found:
        one, other = rng.choice(found), rng.choice(found)
        text = rng.choice((*NUMBERS, b"", b"x" * 100_000, b"../a", other[0].strip(b'"')))
        data[one.start() : one.end()] = b'"' + text + b'"'


def _element(data: bytearray, rng: random.Random) -> None:
    """An element without elements is gone, doubled, or there thousands of times."""
    found = list(_ELEMENT.finditer(data))
    if found:
        one = rng.choice(found)
        data[one.start() : one.end()] = one[0] * rng.choice(
            (0, 0, 2, 2, 100, max(2, LONGEST // 2 // len(one[0])))
        )


BENDS: tuple[Bend, ...] = (
    _flip, _cut, _truncate, _copy, _junk, _junk, _number, _number, _nest, _swap, _value, _value, _element, _element,
)  # fmt: skip
