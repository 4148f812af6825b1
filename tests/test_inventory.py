"""What `sourcier status` says an index holds and takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import BREAD, BRIDGE, HARBOUR, place

from index import legs
from index.generation import open_generation
from index.inventory import take_inventory


@pytest.mark.parametrize("flat", [2, 50])
def test_an_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flat: int) -> None:
    monkeypatch.setattr(legs, "FLAT", flat)
    here = place(tmp_path)
    here.write(harbour=HARBOUR, bread=BREAD, bridge=BRIDGE)
    here.build()
    here.write(bridge=BRIDGE + " It is old.")
    here.build()
    generation = open_generation(here.index)
    found = take_inventory(here.index, generation)
    assert found.languages == {"en": 2, "fr": 1}
    assert list(found.languages) == ["en", "fr"]
    assert found.recall == ({"en": 1.0, "fr": 1.0} if flat == 2 else {})
    files = [path for path in here.index.rglob("*") if path.is_file()]
    others = {
        "manifest.json",
        "CURRENT",
        "lock",
        "lock.owner",
        ".gitignore",
        "CACHEDIR.TAG",
        "vectors.sqlite",
    }
    folder = here.index / "generations" / generation.id
    assert sum(found.sizes[kind] for kind in ("text", "vectors", "words")) == sum(
        path.stat().st_size for path in files if folder in path.parents and path.name not in others
    )
    assert found.sizes["text"] == (folder / "corpus.sqlite").stat().st_size
    assert found.sizes["kept"] == (here.index / "vectors.sqlite").stat().st_size
    before = next(name for name in here.generations() if name != generation.id)
    assert found.sizes["before"] == sum(
        path.stat().st_size for path in (here.index / "generations" / before).rglob("*") if path.is_file()
    )
    generation.close()
