"""Documents that are the same text or nearly: each is sketched when it is read, families are found among all sketches.

A sketch is the MinHash of a text's runs of words, so the share of equal numbers in two sketches is, give or take
0.04, the share of such runs that the two texts have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datasketch import MinHash

RUN = 3  # words
NUMBERS = 128  # of a sketch
# Numbers that must agree for two texts to be compared. Of texts that are alike by 0.65, 99.8% agree in one of 32 bands.
BAND = 4
NEAR = 0.65  # texts that share so much are copies: 100 words under a changed header of 15 still are
_AT_ONCE = 20_000  # runs hashed or pairs compared together: some 10 MB
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|\w+")  # a character where nothing parts words

Sketches = NDArray[np.uint32]


def sketch(text: str) -> bytes:
    """The sketch of a text, whatever its case, white space and punctuation: NUMBERS little-endian uint32."""
    from datasketch import MinHash

    found = MinHash(NUMBERS, permutations=_blank().permutations, scheme="affine32")
    runs = _runs(text)
    while batch := list(islice(runs, _AT_ONCE)):
        found.update_batch([run.encode("utf-8", "surrogatepass") for run in batch])
    return bytes(found.hashvalues.astype("<u4").tobytes())


def families(sketches: Sequence[bytes]) -> list[list[int]]:
    """Which of these are copies of each other, as rising positions; families of one are left out."""
    same: dict[bytes, list[int]] = {}
    for member, numbers in enumerate(sketches):
        same.setdefault(numbers, []).append(member)
    table = np.frombuffer(b"".join(same), "<u4").reshape(len(same), NUMBERS)
    parent = list(range(len(same)))
    for one, other in _alike(table) if len(same) > 1 else ():
        low, high = sorted((_head(parent, one), _head(parent, other)))
        parent[high] = low
    found: dict[int, list[int]] = {}
    for number, members in enumerate(same.values()):
        found.setdefault(_head(parent, number), []).extend(members)
    return sorted(sorted(members) for members in found.values() if len(members) > 1)


def _alike(table: Sketches) -> Iterator[tuple[int, int]]:
    """Pairs that are near enough: in each band, those of equal numbers beside each other, and with their first."""
    for start in range(0, NUMBERS, BAND):
        band = np.ascontiguousarray(table[:, start : start + BAND]).view(f"V{4 * BAND}").ravel()
        _, label = np.unique(band, return_inverse=True)
        order = np.argsort(label, kind="stable")
        same = label[order]
        new = np.concatenate(([True], same[1:] != same[:-1]))
        first = order[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))]
        later = ~new
        pairs = np.concatenate(
            [np.stack((order[:-1], order[1:]), 1)[later[1:]], np.stack((first, order), 1)[later]]
        )
        for some in np.split(pairs, range(_AT_ONCE, len(pairs), _AT_ONCE)):
            near = (table[some[:, 0]] == table[some[:, 1]]).mean(axis=1) >= NEAR
            yield from ((one, other) for one, other in some[near].tolist())


def _head(parent: list[int], member: int) -> int:
    while parent[member] != member:
        parent[member] = parent[parent[member]]
        member = parent[member]
    return member


def _runs(text: str) -> Iterator[str]:
    """Every run of words once, or nearly: a text is no more like another for saying things twice."""
    words = _WORD.findall(text.casefold()) or [text.strip()]
    for start in range(max(1, len(words) - RUN + 1)):
        yield " ".join(words[start : start + RUN])


@cache
def _blank() -> MinHash:
    from datasketch import MinHash

    return MinHash(NUMBERS, scheme="affine32")
