"""Conversations to measure follow-ups with: python -m benchmarks.conversations DATA > conversations.jsonl

Then: sourcier evaluate conversations.jsonl --conversations

DATA holds dev/. The conversations are made of its questions by rule, so that no text of it is copied here: a question
about X follows another about X, and X becomes a pronoun; or it follows the same question about Y, and all that is said
is "and X?", "no, I meant X", or another year; or a complete question follows one about something else. Those over our
own example sources are written by hand, in conversations.toml. `half` is "tune" or "held out", by the article: the
readings are tuned on the first alone.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tomllib
import zlib
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from assistant.topic import names, numbers

Record = dict[str, Any]
HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"
FILES = {
    "en": "xquad.test.en-en", "es": "xquad.test.es-es", "de": "xquad.test.de-de", "fr": "piaf.dev.fr-fr",
}  # fmt: skip
TRANSLATED = [language for language, file in FILES.items() if file.startswith("xquad")]  # the same articles
MOST = {"pronoun": 24, "name": 12, "correction": 8, "year": 6, "complete": 24}  # of each language
AND = {"en": ("And {}?", "What about {}?"), "fr": ("Et {} ?", "Qu'en est-il de {} ?"),
       "de": ("Und {}?", "Was ist mit {}?"), "es": ("¿Y {}?", "¿Qué hay de {}?")}  # fmt: skip
MEANT = {
    "en": "No, I meant {}",
    "fr": "Non, je parle de {}",
    "de": "Nein, ich meine {}",
    "es": "No, me refiero a {}",
}
IN = {"en": "in", "fr": "en", "de": "im Jahr", "es": "en"}
PRONOUNS = {
    "en": [(r"{}['’]s\b", "its"), (r"\b{}\b", "it")],
    "fr": [
        (r"\b(?:le|la|les|l['’]) ?(\w+) (?:de |d['’]|du |des ){}\b", r"son \1"),
        (r"\b(?:le |la |l['’])?{} (?=[\w]+(?:-t)?-(?:il|elle)\b)", ""),
    ],
    "de": [(r"\b(?:der|die|das|den|dem) (\w+) (?:von|der|des) {}\b", r"sein \1"), (r"\b{}\b(?= \w+)", "es")],
    "es": [
        (r"\b(?:el|la|los|las) (\w+) de(?: la|l)? {}\b", r"su \1"),
        (
            r"(?<! en)(?<! de)(?<! del)(?<! por)(?<! con)(?<! a)(?<! al)(?<! para)"
            r"(?<! el)(?<! la)(?<! los)(?<! las) {}(?=\?$)",
            "",
        ),
    ],
}  # fmt: skip


def load(data: Path, language: str) -> list[Record]:
    """The answerable questions of one language, of articles that no other language takes: the right answer in a
    translation of the article would count as wrong.
    """
    with gzip.open(data / "dev" / f"{FILES[language]}.jsonl.gz", "rt", encoding="utf-8") as lines:
        answerable = [r for r in map(json.loads, lines) if r["answerable"]]
    if language not in TRANSLATED:
        return answerable
    own = TRANSLATED.index(language)
    return [r for r in answerable if zlib.crc32(str(r["group"]).encode()) // 2 % len(TRANSLATED) == own]


def named(record: Record, language: str) -> list[str]:
    """The names in its question that stand in its context too."""
    return [n for n in names(record["question"], language) if len(n) > 3 and n in record["context"]]


def pronouns(records: list[Record], language: str) -> Iterator[tuple[list[str], str, Record]]:
    """A question about X, then another whose X has become a pronoun."""
    by: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by[record["context"]].append(record)
    for group in by.values():
        for first, second in pairwise(group):
            shared = [name for name in named(second, language) if name in named(first, language)]
            for name in shared[:1]:
                for pattern, put in PRONOUNS[language]:
                    asked = re.sub(pattern.format(re.escape(name)), put, second["question"], count=1)
                    if asked != second["question"]:
                        yield [first["question"]], asked, second
                        break


def exchanged(records: list[Record], language: str) -> Iterator[tuple[str, list[str], str, Record]]:
    """The same question about something else, then what was meant."""
    others = [(named(r, language), r) for r in records]
    flat = [(n[0], r["context"]) for n, r in others if n]
    for number, (found, record) in enumerate(others):
        if not found or not flat:
            continue
        name, question = found[-1], record["question"]
        other, where = flat[(7 * number + 13) % len(flat)]
        years = [n for n in numbers(question) if re.fullmatch(r"1\d{3}|20\d{2}", n)]
        if years:
            before = question.replace(years[0], str(int(years[0]) - 4))
            yield "year", [before], AND[language][0].format(f"{IN[language]} {years[0]}"), record
        if where == record["context"] or question.count(name) != 1:
            continue
        before = [question.replace(name, other)]
        yield "name", before, AND[language][number % 2].format(name), record
        yield "correction", before, MEANT[language].format(name), record


def complete(records: list[Record]) -> Iterator[tuple[list[str], str, Record]]:
    """A question that stands alone, after one about another article."""
    for number, record in enumerate(records):
        other = records[(number + len(records) // 2) % len(records)]
        if other["group"] != record["group"]:
            yield [other["question"]], record["question"], record


def line(kind: str, after: list[str], asked: str, record: Record, language: str) -> dict[str, Any]:
    """One labelled question, as `sourcier evaluate` takes it."""
    half = "tune" if zlib.crc32(str(record["group"]).encode()) % 2 else "held out"
    return {
        "id": f"{language}-{kind}-{record['id']}", "after": after, "question": asked, "kind": kind, "half": half,
        "lang_q": language, "lang_c": record["lang_c"], "context": record["context"], "title": record["title"],
        "answers": record["answers"],
    }  # fmt: skip


def spread(found: list[Any], most: int) -> list[Any]:
    """At most so many, from all over the list."""
    return [found[n * len(found) // most] for n in range(most)] if len(found) > most else found


def main() -> None:
    """Print the conversations, one a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    for language in FILES:
        records = load(data, language)
        found: dict[str, list[Any]] = defaultdict(list)
        found["pronoun"] = list(pronouns(records, language))
        for kind, *rest in exchanged(records, language):
            found[kind].append(rest)
        found["complete"] = list(complete(records))
        for kind, most in MOST.items():
            for after, asked, record in spread(found[kind], most):
                print(json.dumps(line(kind, after, asked, record, language), ensure_ascii=False))
    for number, one in enumerate(
        tomllib.loads((HERE / "conversations.toml").read_text("utf-8"))["conversation"]
    ):
        text = (SEEDS / one["source"]).read_text(encoding="utf-8")
        answers = [{"text": answer, "start": text.index(answer)} for answer in one["answers"]]
        record = {
            "id": number,
            "group": one["source"],
            "lang_c": "",
            "context": text,
            "title": one["source"],
            "answers": answers,
        }
        print(
            json.dumps(
                line(one["kind"], one["after"], one["question"], record, one["language"]), ensure_ascii=False
            )
        )


if __name__ == "__main__":
    main()
