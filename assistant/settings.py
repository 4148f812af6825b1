"""One frozen object of settings: flags, then SOURCIER_ variables, then sourcier.toml, then the defaults."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from index.errors import UsageError
from prompts import LANGUAGES

FILE = "sourcier.toml"
PREFIX = "SOURCIER_"
PRECISIONS = ("int8", "float32")
OTHER_VARIABLES = ("SOURCIER_CACHE", "SOURCIER_DATA", "SOURCIER_DEBUG")  # not settings, read where they apply


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be chosen. An empty `model` or `reader` is ours; `language` "" the browser's."""

    seeds: Path = Path("seeds")
    index: Path | None = None
    model: str = ""
    precision: str = "int8"
    reader: str = ""
    candidates: int = 20
    read: int = 5
    threshold: float = 0.3
    language: str = ""
    port: int = 7860
    open_browser: bool = True
    build: bool = True
    ocr_languages: str = ""
    watch: bool = False
    upload_mb: int = 50
    upload_files: int = 200


_KINDS: dict[str, type] = {
    "seeds": Path, "index": Path, "model": str, "precision": str, "reader": str, "candidates": int, "read": int,
    "threshold": float, "language": str, "port": int, "open_browser": bool, "build": bool,
    "ocr_languages": str,
    "watch": bool, "upload_mb": int, "upload_files": int,
}  # fmt: skip
_RANGES: dict[str, tuple[int, int]] = {
    "candidates": (1, 200), "read": (1, 50), "threshold": (0, 1), "port": (1, 65535),
    "upload_mb": (1, 100), "upload_files": (0, 10_000),
}  # fmt: skip
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Path: "a path"}
_YES_NO = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def load_settings(flags: Mapping[str, object], environ: Mapping[str, str], folder: Path) -> Settings:
    """The settings in force. A flag of None was not given; texts in `flags` are read as in the environment.

    Relative paths of the file are taken from its folder. Raises UsageError: unknown name, bad value.
    """
    values: dict[str, Any] = {}
    path = folder / FILE
    for key, value in _read_file(path).items():
        _known(key, _KINDS, f"{path}: the key {key!r}")
        values[key] = _checked(key, value, f"{path}: {key}", folder)
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES:
            continue
        names = [PREFIX + key.upper() for key in _KINDS]
        _known(variable, [*names, *OTHER_VARIABLES], f"the environment variable {variable!r}")
        key = variable.removeprefix(PREFIX).lower()
        if text:
            values[key] = _checked(key, _from_text(key, text), f"the environment variable {variable}")
    for key, value in flags.items():
        _known(key, _KINDS, f"the option {key!r}")
        if value is not None:
            given = _from_text(key, value) if isinstance(value, str) else value
            values[key] = _checked(key, given, f"the option --{key.replace('_', '-')}")
    return Settings(**values)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}. Mend or remove it") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise UsageError(f"{path} is not a TOML file: {error}. Mend or remove it") from error


def _known(name: str, names: Collection[str], what: str) -> None:
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1, cutoff=0)
    raise UsageError(f"{what} is unknown: did you mean {near[0]}? Known: {', '.join(names)}")


def _from_text(key: str, text: str) -> object:
    """`text` as the kind that `key` wants, or as it is where it cannot be, for `_checked` to refuse."""
    kind = _KINDS[key]
    if kind is Path:
        return text  # Path("") would be the current folder
    try:
        return _YES_NO[text.strip().lower()] if kind is bool else kind(text)
    except (ValueError, KeyError):
        return text


def _checked(key: str, value: object, where: str, folder: Path | None = None) -> object:
    kind = _KINDS[key]
    if kind is Path:
        return _path(value, where, folder)
    low, high = _RANGES.get(key, (0, 0))
    fits = isinstance(value, (int, float) if kind is float else kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{where} must be {_WORDS[kind]}, not {value!r}")
    if key in _RANGES and not low <= value <= high:  # type: ignore[operator]  # a number, by the line above
        raise UsageError(f"{where} must be between {low} and {high}, not {value!r}")
    if key == "language" and value not in ("", *LANGUAGES):
        raise UsageError(f"{where} must be one of {', '.join(LANGUAGES)}, or empty, not {value!r}")
    if key == "precision" and value not in PRECISIONS:
        raise UsageError(f"{where} must be one of {', '.join(PRECISIONS)}, not {value!r}")
    if kind is str and str(value).startswith("~"):
        return str(_path(value, where, None))
    return float(value) if kind is float else value  # type: ignore[arg-type]


def _path(value: object, where: str, folder: Path | None) -> Path:
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise UsageError(f"{where} must be a path, not {value!r}")
    try:
        path = Path(value).expanduser()
    except RuntimeError as error:  # no such user, or no home
        raise UsageError(f"{where}: the ~ of {str(value)!r} leads nowhere: {error}") from error
    return folder / path if folder else path


def version() -> str:
    """That of Sourcier itself."""
    try:
        return metadata.version("sourcier")
    except metadata.PackageNotFoundError:  # run from a folder that was never installed
        return "(not installed)"
