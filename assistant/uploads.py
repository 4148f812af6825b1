"""Files that are added to the folder from the page: under safe names, into the folder itself, over no other file."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from index.disk import file_digest
from index.errors import SourcierError, StorageError, UsageError
from index.formats import FORMATS, kind_of
from prompts import LANGUAGES, message

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

ROUTE = "/add"
LONGEST = 200  # bytes of a name
TYPES = ", ".join(suffix[1:] for suffix in FORMATS)
_UNSAFE = re.compile(r"[/\\:\x00-\x1f\x7f-\x9f]")
# What Windows keeps for devices: a folder may be carried there.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE)


class Exists(SourcierError):
    """Another file has that name; `same` if it holds the same bytes."""

    def __init__(self, text: str, same: bool) -> None:
        super().__init__(text)
        self.same = same


@dataclass(slots=True)
class Uploads:
    """Takes files into `folder`, each of at most `megabytes`, at most `files` of them in its life."""

    folder: Path
    megabytes: int
    files: int
    taken: int = 0

    def check(self, name: str, size: int | None, language: str) -> str:
        """The name under which it may come in. Raises UsageError for name, type, size or number."""
        name = checked_name(name, language)
        if self.taken >= self.files:
            raise UsageError(message("page_add_too_many", language, files=self.files))
        if size is not None and size > self.megabytes * 1_000_000:
            raise self._too_large(name, language)
        return name

    async def take(self, name: str, body: AsyncIterator[bytes], beside: bool, language: str) -> str:
        """Write a file that `check` let in: its name. `beside`: where another has that name, it gets a number.

        Raises UsageError (too large, empty), Exists, StorageError.
        """
        aside = self.folder / f".sourcier-{secrets.token_hex(8)}.part"  # hidden: no source, and not watched
        try:
            with _new(aside) as file:
                await self._fill(file, name, body, language)
            placed = place(aside, self.folder, name, beside, language)
        except OSError as error:
            what = error.strerror or str(error)
            raise StorageError(message("page_add_failed", language, name=name, what=what)) from error
        finally:
            with suppress(OSError):
                aside.unlink()
        self.taken += 1
        return placed

    async def _fill(self, file: IO[bytes], name: str, body: AsyncIterator[bytes], language: str) -> None:
        size = 0
        async for block in body:
            size += len(block)
            if size > self.megabytes * 1_000_000:
                raise self._too_large(name, language)
            file.write(block)
        if not size:
            raise UsageError(message("page_add_empty", language, name=name))
        file.flush()
        os.fsync(file.fileno())

    def _too_large(self, name: str, language: str) -> UsageError:
        return UsageError(message("page_add_too_large", language, name=name, mb=self.megabytes))


async def receive(
    request: Request,
    uploads: Uploads,
    language: str,
    added: Callable[[], None],
    kept_out: Callable[[str], bool],
) -> Response:
    """The reply to a file that is sent as the body, its name in the query: JSON of `name`, or of `error` if refused.

    `kept_out` tells whether a file of that name was removed from the index, and so is not taken in.
    """
    from starlette.requests import ClientDisconnect
    from starlette.responses import JSONResponse

    asked = request.query_params
    language = asked["language"] if asked.get("language") in LANGUAGES else language
    length = request.headers.get("content-length", "")
    try:
        name = uploads.check(asked.get("name", ""), int(length) if length.isdecimal() else None, language)
        placed = await uploads.take(name, request.stream(), asked.get("beside") == "1", language)
        out = kept_out(placed)
    except Exists as error:
        return JSONResponse({"error": str(error), "exists": True, "same": error.same})
    except SourcierError as error:
        return JSONResponse({"error": str(error)})
    except ClientDisconnect:  # cancelled: what came is gone, and nobody reads this
        return JSONResponse({"error": ""}, 400)
    added()
    return JSONResponse({"name": placed, **({"kept_out": True} if out else {})}, 201)


def checked_name(name: str, language: str = "en") -> str:
    """`name` as a file of the folder may be called. Raises UsageError: nothing is renamed in silence."""
    name = unicodedata.normalize("NFC", name)
    odd = any(unicodedata.category(c) in ("Cf", "Cs", "Zl", "Zp") and c not in "\u200c\u200d" for c in name)
    unsafe = odd or _UNSAFE.search(name) or name.startswith((".", " ")) or name.endswith((".", " "))
    if not name or unsafe or _DEVICES.fullmatch(name):
        raise UsageError(message("page_add_bad_name", language, name=name[:LONGEST]))
    if len(name.encode("utf-8")) > LONGEST:
        raise UsageError(
            message("page_add_long_name", language, name=f"{name[: LONGEST // 4]}…", most=LONGEST)
        )
    path = PurePosixPath(name)
    if path.stem.casefold() == "readme":
        raise UsageError(message("page_add_readme", language, name=name))
    if not kind_of(path.suffix.lower()):
        raise UsageError(message("page_add_bad_type", language, name=name, types=TYPES))
    return name


def place(aside: Path, folder: Path, name: str, beside: bool, language: str = "en") -> str:
    """Give a whole file its name in the folder, at once and never over another: the name. Raises Exists, OSError."""
    path = PurePosixPath(name)
    wanted = name
    for number in range(2, 1000):
        try:
            _link(aside, folder / wanted)
            return wanted
        except FileExistsError:
            if not beside:
                same = _digest(folder / wanted) == file_digest(aside)
                key = "page_add_same" if same else "page_add_exists"
                raise Exists(message(key, language, name=name), same) from None
            wanted = f"{path.stem} ({number}){path.suffix}"
    raise Exists(message("page_add_exists", language, name=name), False)


def _new(path: Path) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return open(os.open(path, flags, 0o644), "wb")


def _link(aside: Path, target: Path) -> None:
    """A second name, which fails where there is one; where a file system has none, a copy that does."""
    try:
        os.link(aside, target)
        return
    except FileExistsError:
        raise
    except OSError:
        pass
    with _new(target) as copy:
        try:
            with aside.open("rb") as file:
                shutil.copyfileobj(file, copy)
        except OSError:
            target.unlink()
            raise


def _digest(path: Path) -> str:
    """Of what stands there, a link that leads elsewhere not followed; "" for anything but a file."""
    try:
        return "" if path.is_symlink() or not path.is_file() else file_digest(path)
    except OSError:
        return ""
