"""Subtitles and transcripts: SRT and WebVTT. A section for each cue, called by its time."""

from __future__ import annotations

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, joined


def read_subtitles(data: bytes) -> Extracted:
    """What is said, cue after cue. Raises Unreadable."""
    import pysubs2

    try:
        cues = pysubs2.SSAFile.from_string(decode(data).lstrip("\ufeff"))
    except (pysubs2.Pysubs2Error, ValueError, IndexError, UnicodeError) as error:
        raise Unreadable(f"it has no subtitles that can be read: {error}") from error
    text, sections = joined(((_time(cue.start), cue.plaintext) for cue in cues), between="\n")
    return Extracted(text, sections=sections)


def _time(ms: int) -> str:
    seconds = max(0, ms) // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
