"""Books: EPUB. A section for each chapter of its spine, called by its first heading or its file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, day, joined, tags_in
from index.formats.zipped import open_zip
from index.html import declared_charset, read_part

_CONTAINER = "META-INF/container.xml"
# What calibre writes for an author that nobody knows.
_NOBODY = ("unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend")


def read_epub(data: bytes) -> Extracted:
    """Raises Unreadable."""
    archive = open_zip(data)
    package = _path_of_package(archive)
    root = _xml(archive.read(package))
    about = {
        name: _one(root, f".//{{*}}metadata/{{*}}{name}") for name in ("title", "creator", "date", "language")
    }
    author = "" if about["creator"].casefold() in _NOBODY else about["creator"]
    text, sections = joined(_chapters(archive, root, posixpath.dirname(package)))
    subjects = root.iterfind(".//{*}metadata/{*}subject")
    return Extracted(
        text, about["title"], about["language"][:2].lower(), sections, author, day(about["date"]),
        tags=tags_in(",".join(one.text or "" for one in subjects)),
    )  # fmt: skip


def _chapters(archive: ZipFile, root: Any, folder: str) -> Iterator[tuple[str, str]]:
    items = {item.get("id"): item.get("href", "") for item in root.iterfind(".//{*}manifest/{*}item")}
    unread = set(archive.namelist())
    for number, place in enumerate(root.iterfind(".//{*}spine/{*}itemref"), start=1):
        name = posixpath.normpath(posixpath.join(folder, unquote(items.get(place.get("idref"), ""))))
        if name not in unread:
            continue
        unread.remove(name)  # a spine that names a file a thousand times has it read once
        try:
            data = archive.read(name)
            chapter = read_part(decode(data, declared_charset(data)).removeprefix("\ufeff"))
        except Unreadable:
            continue  # a cover or a picture
        yield chapter.title or str(number), chapter.text


def _path_of_package(archive: ZipFile) -> str:
    found = _xml(archive.read(_CONTAINER)).find(".//{*}rootfile")
    if found is None:
        raise Unreadable("it is no whole EPUB file: its container names no package")
    return str(found.get("full-path"))


def _xml(data: bytes) -> Any:
    from lxml import etree

    try:
        return etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


def _one(root: Any, path: str) -> str:
    found = root.find(path)
    return " ".join((found.text or "").split()) if found is not None else ""
