"""What an index holds and takes: passages by language, bytes by kind, and how near its search comes to an exact one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.approximate import SHAPE, load_shape
from index.cache import CACHE
from index.corpus import Corpus
from index.errors import IndexDamaged
from index.generation import Generation
from index.store import CORPUS, GENERATIONS, LEXICAL, current, generation_folder


@dataclass(frozen=True, slots=True)
class Inventory:
    """`languages` counts passages. `sizes` are bytes on disk: of the generation that serves its "text", "vectors" and
    "words", and beside it "kept" (vectors for the next build) and "before" (other generations). `recall` is, for each
    language of an approximate index, the share of the nearest passages that its build found; empty: all are compared.
    """

    languages: dict[str, int]
    sizes: dict[str, int]
    recall: dict[str, float]


def take_inventory(index: Path, generation: Generation) -> Inventory:
    """The inventory of the index in that folder; `generation` is the one that serves. Raises IndexDamaged."""
    sizes: Counter[str] = Counter({"text": 0, "vectors": 0, "words": 0})
    for name, (size, _) in generation.manifest.files.items():
        sizes["text" if name == CORPUS else "words" if name.startswith(LEXICAL) else "vectors"] += size
    sizes["kept"] = _bytes(index.glob(f"{CACHE}*"))
    serving = generation_folder(index, generation.id)
    every = (index / GENERATIONS).rglob("*")
    sizes["before"] = _bytes(path for path in every if serving not in path.parents)
    regions = load_shape(serving).regions if SHAPE in generation.manifest.files else ()
    recall = {region.language: region.recall for region in regions}
    return Inventory(generation.languages(), dict(sizes), recall)


def texts(index: Path) -> dict[str, str]:
    """The SHA-256 of each document's text, by path, in the index that serves; none where it cannot be read."""
    name = current(index)
    try:
        with closing(Corpus(generation_folder(index, name or "") / CORPUS)) as corpus:
            return {path: digest for path, _, digest in corpus.digests()}
    except IndexDamaged:
        return {}


def _bytes(paths: Iterable[Path]) -> int:
    total = 0
    for path in paths:
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # collected a moment ago
            continue
    return total
