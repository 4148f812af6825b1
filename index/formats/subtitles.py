"""Subtitles and transcripts: SRT and WebVTT. A section for each cue, called by its time."""

from __future__ import annotations

import re
from html import unescape

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, clean, joined

BLINK = 10  # ms: cues that nobody can read are there where captions roll up
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t](?!.*-->).*)?")


def read_subtitles(data: bytes) -> Extracted:
    """What is said, cue after cue. Raises Unreadable."""
    import pysubs2

    try:
        whole = clean(decode(data).lstrip("\ufeff"))
        web = whole.startswith("WEBVTT")
        cues = pysubs2.SSAFile.from_string(_spoken(whole) if web else whole)
    except (pysubs2.Pysubs2Error, ValueError, IndexError, UnicodeError) as error:
        raise Unreadable(f"it has no subtitles that can be read: {error}") from error
    said = [unescape(_plain(cue.text)) if web else _plain(cue.text) for cue in cues]
    if any(cue.end - cue.start <= BLINK for cue in cues):
        said = _unrolled(said)
    timed = ((_time(cue.start), text) for cue, text in zip(cues, said, strict=True))
    text, sections = joined(timed, between="\n")
    return Extracted(text, sections=sections)


def _spoken(text: str) -> str:
    """WebVTT with its speakers named in the text, without notes, names of cues and the times of single words."""
    blocks = (block.split("\n") for block in re.split(r"\n{2,}", text))
    kept = (
        lines[1:] if "-->" not in lines[0] and any("-->" in line for line in lines[1:2]) else lines
        for lines in blocks if not _ASIDE.fullmatch(lines[0])
    )  # fmt: skip
    text = "\n\n".join(map("\n".join, kept))
    text = re.sub(r"<v(?:\.[^\s>]*)?\s+([^>]+)>", r"\1: ", text)
    return re.sub(r"<\d[\d:.]*>", "", text)


def _unrolled(said: list[str]) -> list[str]:
    """Captions that roll up show each line again above the next one: each once."""
    found, last = [], ""
    for text in said:
        lines = [line for line in text.split("\n") if line.strip()]
        found.append("\n".join(lines[1:] if lines[:1] == [last] else lines))
        last = lines[-1] if lines else last
    return found


def _plain(text: str) -> str:
    """Without marks of style; braces that hold none are the speaker's."""
    return re.sub(r"\{\\[^}]*\}", "", text).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")


def _time(ms: int) -> str:
    seconds = max(0, ms) // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
