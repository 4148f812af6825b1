"""The folder at a glance: its documents by language and by date, and how near each other they lie."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.types import Listed, Vectors

LANGUAGES = 5  # that are told apart; the others are one
COLUMNS = 48  # of dates, at most
POINTS = 400  # documents on the map, at most
SAMPLED = 16  # passages by which a document is placed, at most
FEWEST = 3  # documents of which a map says anything
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-\d{2})?)?")

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dates:
    """How many documents are of each period, none left out between the first and the last: "2024-03", "2024", or
    "1990–1999". `undated` counts those without a date."""

    periods: tuple[tuple[str, int], ...]
    undated: int


@dataclass(frozen=True, slots=True)
class Point:
    """A document on the map, x and y from 0 on; the longer side of the map is 1. `kind` is the place of its language in
    `Landscape.languages`."""

    document: Listed
    kind: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Landscape:
    """`languages` counts documents, the most first, the rest under "". `share`, from 0 to 1, is how much of what tells
    the documents apart can be seen on the map; `points` are in its reading order, empty where there are too few."""

    documents: int
    languages: tuple[tuple[str, int], ...]
    dates: Dates
    points: tuple[Point, ...]
    share: float


def survey(listed: Sequence[Listed], vectors: Callable[[Rows], Vectors]) -> Landscape:
    """The picture of an index. `listed` are its documents in the order of their rows, `vectors` gives (n, width) of
    rows (n,)."""
    languages = by_language([one.language for one in listed])
    some = sampled([one.passages for one in listed])
    points, share = [], 0.0
    if len(some) >= FEWEST:
        places, share = project(_means(some.values(), vectors))
        kinds = {language: kind for kind, (language, _) in enumerate(languages)}
        points = [
            Point(listed[n], kinds.get(listed[n].language, len(languages) - 1), float(x), float(y))
            for n, (x, y) in zip(some, places, strict=True)
        ]
    points.sort(key=lambda point: (point.x, point.y))
    return Landscape(len(listed), languages, by_date([one.date for one in listed]), tuple(points), share)


def by_language(found: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """How often each language was found, the most first and equals by name; those after LANGUAGES under ""."""
    ranked = sorted(Counter(found).items(), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in ranked[LANGUAGES:])
    return (*ranked[:LANGUAGES], *([("", rest)] if rest else ()))


def by_date(found: Sequence[str]) -> Dates:
    """The periods of ISO 8601 dates: months if all name theirs and there are few, else years, or tens, hundreds."""
    matches = [match for date in found if (match := _DATE.fullmatch(date))]
    undated = len(found) - len(matches)
    if not matches:
        return Dates((), undated)
    years = [int(match[1]) for match in matches]
    if all(match[2] for match in matches):
        months = [12 * int(match[1]) + int(match[2]) - 1 for match in matches]
        if max(months) - min(months) < COLUMNS // 2:
            counts = Counter(months)
            span = range(min(months), max(months) + 1)
            return Dates(tuple((f"{m // 12:04}-{m % 12 + 1:02}", counts[m]) for m in span), undated)
    step = 1
    while max(years) // step - min(years) // step >= COLUMNS:
        step *= 10
    counts = Counter(year // step for year in years)
    span = range(min(years) // step, max(years) // step + 1)
    return Dates(tuple((_period(n * step, step), counts[n]) for n in span), undated)


def sampled(passages: Sequence[int]) -> dict[int, Rows]:
    """By the place of a document, the rows by which it is put on the map: SAMPLED of its passages and POINTS of the
    documents, evenly spread. `passages` counts those of each document, whose rows follow one another."""
    first = np.concatenate([[0], np.cumsum(passages, dtype=np.int64)])
    chosen = _spread(len(passages), POINTS).tolist()
    return {n: first[n] + _spread(passages[n], SAMPLED) for n in chosen if passages[n]}


def project(means: Vectors) -> tuple[NDArray[np.float64], float]:
    """Where these vectors (n, width) lie on the plane that keeps most of their distances (PCA), shape (n, 2), and which
    share of their variance that is. Both axes have one scale; the longer is from 0 to 1."""
    centred = means.astype(np.float64) - means.mean(axis=0, dtype=np.float64)
    total = float(np.square(centred).sum())
    places = np.zeros((len(means), 2))
    if total <= 1e-9:  # all are the same
        return places, 0.0
    spread, axes = np.linalg.eigh(centred.T @ centred)  # in rising order
    axes = axes[:, :-3:-1]
    signs = np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1, 1)
    places[:, : axes.shape[1]] = centred @ axes * signs  # of two mirrored maps, always the same
    places -= places.min(axis=0)
    return places / places.max(), float(spread[-2:].sum()) / total


def _spread(count: int, most: int) -> Rows:
    """All numbers below `count`, or `most` of them, evenly spread."""
    if count <= most:
        return np.arange(count, dtype=np.int64)
    return np.arange(most, dtype=np.int64) * count // most


def _means(some: Iterable[Rows], vectors: Callable[[Rows], Vectors]) -> Vectors:
    """The mean of the vectors of each, of length 1 again, shape (n, width)."""
    rows = list(some)
    first = np.cumsum([0, *(len(one) for one in rows[:-1])])
    means: Vectors = np.add.reduceat(vectors(np.concatenate(rows)), first, axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    means /= lengths
    return means


def _period(first: int, years: int) -> str:
    return f"{first:04}" if years == 1 else f"{first:04}–{first + years - 1:04}"
