"""A file's bytes to its text, one module for each family of formats; `extract` is the entrance."""

from __future__ import annotations

from importlib import import_module

from index.errors import Unreadable
from index.formats.extracted import Extracted, within
from index.ocr import Scans
from index.types import HOLDERS, PAGED

# suffix -> (kind, module, function). The modules load the libraries, so each is imported when it is needed.
FORMATS: dict[str, tuple[str, str, str]] = {
    ".txt": ("txt", "plain", "read_text"), ".text": ("txt", "plain", "read_text"),
    ".md": ("md", "plain", "read_markdown"), ".markdown": ("md", "plain", "read_markdown"),
    ".html": ("html", "web", "read_page"), ".htm": ("html", "web", "read_page"),
    ".pdf": ("pdf", "paged", "read_pages"),
    ".png": ("image", "pictures", "read_picture"),
    ".jpg": ("image", "pictures", "read_picture"), ".jpeg": ("image", "pictures", "read_picture"),
    ".tif": ("image", "pictures", "read_picture"), ".tiff": ("image", "pictures", "read_picture"),
    ".docx": ("docx", "word", "read_docx"), ".odt": ("odt", "odt", "read_odt"), ".rtf": ("rtf", "rtf", "read_rtf"),
    ".pptx": ("pptx", "slides", "read_pptx"),
    ".xlsx": ("xlsx", "tables", "read_xlsx"),
    ".csv": ("csv", "tables", "read_csv"), ".tsv": ("csv", "tables", "read_csv"),
    ".json": ("json", "tables", "read_json"), ".jsonl": ("jsonl", "tables", "read_jsonl"),
    ".epub": ("epub", "book", "read_epub"),
    ".eml": ("eml", "mail", "read_eml"), ".mbox": ("mbox", "mail", "read_mbox"),
    ".rss": ("feed", "feed", "read_feed"),
    ".atom": ("feed", "feed", "read_feed"), ".xml": ("feed", "feed", "read_feed"),
    ".srt": ("srt", "subtitles", "read_subtitles"), ".vtt": ("srt", "subtitles", "read_subtitles"),
    ".zip": ("zip", "archive", "read_zip"),
}  # fmt: skip
# What people call a section of each kind: the messages `page_at_…` say it.
UNITS = {
    "pdf": "page", "image": "page", "pptx": "slide", "xlsx": "row", "csv": "row", "json": "item", "jsonl": "line",
    "epub": "chapter", "eml": "part", "mbox": "message", "feed": "entry", "srt": "time", "zip": "file",
    "docx": "section", "odt": "section",
}  # fmt: skip
PLAIN = ("txt", "md")  # kinds whose text is the file's own, character by character


def kind_of(suffix: str) -> str:
    """The kind of a file by its suffix in small letters, or "" if it is none of ours."""
    return FORMATS.get(suffix, ("",))[0]


def may_hold_scans(suffix: str) -> bool:
    """Whether a file with that suffix, in small letters, has pages, or may hold files that have."""
    return kind_of(suffix) in (*PAGED, *HOLDERS)


def extract(suffix: str, data: bytes, scans: Scans | None = None) -> Extracted:
    """The text of a file and what it says of itself, scans as `scans` says. Raises Unreadable with the reason."""
    if not data.strip():
        raise Unreadable("empty")
    kind, module, function = FORMATS[suffix]
    read = getattr(import_module(f"index.formats.{module}"), function)
    try:
        found: Extracted = read(data, scans) if may_hold_scans(suffix) else read(data)
    except (Unreadable, ImportError, MemoryError):
        raise
    except Exception as error:  # a parser upset by a bent or hostile file may raise anything
        if isinstance(error, OSError) and error.errno is not None:  # the system's word, and not the parser's
            raise
        raise Unreadable(f"it is no whole {kind.upper()} file ({type(error).__name__}: {error})") from error
    if not found.text.strip("\ufeff").strip():
        raise Unreadable("empty")
    if kind not in PLAIN:
        within(len(found.text), len(found.sections))
    return found
