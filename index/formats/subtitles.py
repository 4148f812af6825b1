"""Subtitles and transcripts: SRT and WebVTT. A section for each cue, called by its time."""

from __future__ import annotations

import re
from html import unescape

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, joined


def read_subtitles(data: bytes) -> Extracted:
    """What is said, cue after cue. Raises Unreadable."""
    import pysubs2

    try:
        whole = decode(data).lstrip("\ufeff")
        web = whole.startswith("WEBVTT")
        cues = pysubs2.SSAFile.from_string(_spoken(whole) if web else whole)
    except (pysubs2.Pysubs2Error, ValueError, IndexError, UnicodeError) as error:
        raise Unreadable(f"it has no subtitles that can be read: {error}") from error
    said = ((_time(cue.start), unescape(_plain(cue.text)) if web else _plain(cue.text)) for cue in cues)
    text, sections = joined(said, between="\n")
    return Extracted(text, sections=sections)


def _spoken(text: str) -> str:
    """WebVTT with its speakers named in the text, and without the times of single words."""
    text = re.sub(r"<v(?:\.[^\s>]*)?\s+([^>]+)>", r"\1: ", text)
    return re.sub(r"<\d[\d:.]*>", "", text)


def _plain(text: str) -> str:
    """Without marks of style; braces that hold none are the speaker's."""
    return re.sub(r"\{\\[^}]*\}", "", text).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")


def _time(ms: int) -> str:
    seconds = max(0, ms) // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
