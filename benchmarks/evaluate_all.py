"""Every reader over the dev sets, side by side: a report with tables and charts.

    python -m benchmarks.evaluate_all --data DATA [--limit N] [--readers bm25,sentence,fp32,int8] [--out FOLDER]

DATA holds dev/. Predictions are kept in benchmarks/.cache/evaluation, so a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.evaluate import Ask, Contexts, contexts_of, evaluate, opened, reading, settings_of
from assistant.figures import report
from assistant.labelled import Question, read_questions
from assistant.predictions import Predictions
from assistant.reader import Reader, SentenceReader
from assistant.service import Assistant
from assistant.settings import Settings
from benchmarks.absent import a_third_left_out, half_over_wrong_contexts
from benchmarks.evaluation_report import NAMES, Answered, Result, write_report
from benchmarks.floor import LexicalReader
from index.encoding import SentenceEncoder
from index.types import Encoder, Progress

HERE = Path(__file__).parent
KEPT = HERE / ".cache" / "evaluation"
# A set and its unanswerable half, which confidence alone is measured on
SETS = {
    "xquad.test.en-en": "xquad.test_neg.en-en", "xquad.test.es-es": "xquad.test_neg.es-es",
    "xquad.test.de-de": "xquad.test_neg.de-de", "xquad.test.en-de": "xquad.test_neg.en-de",
    "xquad.test.en-es": "xquad.test_neg.en-es", "mlqa.dev.en-en": "", "mlqa.dev.en-de": "", "mlqa.dev.de-de": "",
    "piaf.dev.fr-fr": "piaf.dev_neg.fr-fr", "squad_asai.test.en-fr": "", "squad_asai.test.fr-fr": "",
    "squad_asai.test.fr-en": "", "afriqa_fr.dev_fon.fr-fr": "", "squad20.dev.en-en": "",
    "tydiqa_goldp.dev.en-en": "", "faquad.dev.pt-pt": "", "norquad.validation.no-no": "",
}  # fmt: skip
OPEN = ("piaf.dev.fr-fr", "squad_asai.test.en-fr")


def make(name: str, encoder: SentenceEncoder) -> Reader:
    """The reader that a column of the tables is about."""
    if name == "bm25":
        return LexicalReader()
    if name == "sentence":
        return SentenceReader(encoder)
    from assistant.onnx_scorer import onnx_scorer
    from assistant.readers import FOLDER
    from assistant.span_model import load_description, merged_weights, torch_scorer
    from assistant.span_reader import SpanReader
    from assistant.windows import trained_model
    from index.model import prepare_model

    described, base = load_description(FOLDER), prepare_model()
    if name == "fp32":
        return SpanReader(
            encoder, trained_model(torch_scorer(base, described, exact=True), encoder.tokenizer)
        )
    scorer = onnx_scorer(base, described.sha256, lambda: merged_weights(base, described))
    return SpanReader(encoder, trained_model(scorer, encoder.tokenizer))


def answer(name: str, reader: str, data: Path, limit: int | None, encoder: Encoder, made: Reader) -> Answered:
    """The first `limit` questions of a set in reading mode."""
    questions = read_questions(data / "dev" / f"{name}.jsonl.gz")
    assistant = Assistant(Settings(threshold=0.0), encoder, made)
    settings = {"column": reader, **settings_of("reading", assistant, questions)}
    file = KEPT / reader / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    saved = Predictions(file, questions, settings, Settings().threshold)
    try:
        found = evaluate(questions[:limit], reading(made, encoder), saved, _shown(f"{reader} {name}"))
    finally:
        saved.close()
    return list(zip(questions, found, strict=False))


def answer_open(name: str, data: Path, limit: int | None, encoder: Encoder, made: Reader) -> dict[str, Any]:
    """The figures of a set in open mode, all of its contexts being searched, and of what is harder."""
    every = read_questions(data / "dev" / f"{name}.jsonl.gz")
    asked, staying = a_third_left_out(every)
    with _searching(name, every, encoder, made) as (assistant, contexts, ask):
        found = evaluate(every[:limit], ask, None, _shown(f"open {name}"))
        mixed = half_over_wrong_contexts(every[:limit], assistant, contexts)
    answers = evaluate(mixed, reading(made, encoder), None, _shown(f"wrong contexts {name}"))
    with _searching(f"{name} less a third", staying, encoder, made) as (_, fewer, ask):
        less = evaluate(asked[:limit], ask, None, _shown(f"a third left out {name}"))
    threshold = Settings().threshold
    return {
        **report(every[:limit], found, threshold, contexts),
        "wrong contexts": report(mixed, answers, threshold),
        "left out": report(asked[:limit], less, threshold, fewer),
    }


@contextmanager
def _searching(
    name: str, questions: Sequence[Question], encoder: Encoder, made: Reader
) -> Iterator[tuple[Assistant, Contexts, Ask]]:
    contexts = contexts_of(questions)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(seeds=Path(folder), index=KEPT / "indexes" / name, threshold=0.0)
        with closing(Assistant(settings, encoder, made)) as assistant:
            yield assistant, contexts, opened(assistant, contexts)


def _shown(what: str) -> Callable[[Progress], None]:
    def show(progress: Progress) -> None:
        end = "\n" if progress.done == progress.total else ""
        print(f"\r{what} {progress.done}/{progress.total}", end=end, file=sys.stderr, flush=True)

    return show


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="ask only the first N questions of a file")
    parser.add_argument("--readers", default=",".join(NAMES))
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument(
        "--open", default=",".join(OPEN), help="sets that the last reader is asked in open mode; or ''"
    )
    parser.add_argument("--out", type=Path, default=HERE / "evaluation")
    options = parser.parse_args()
    if not (options.data / "dev").is_dir():
        parser.exit(2, f"{options.data} holds no folder dev/ of labelled questions\n")
    encoder = SentenceEncoder()
    results: dict[tuple[str, str], Result] = {}
    for reader in options.readers.split(","):
        made = make(reader, encoder)
        for name in options.sets.split(","):
            own, beside = (
                answer(file, reader, options.data, options.limit, encoder, made) if file else []
                for file in (name, SETS.get(name, ""))
            )
            results[reader, name] = Result(reader, name, own, beside)
    searched = {
        name: answer_open(name, options.data, options.limit, encoder, made)
        for name in options.open.split(",")
        if name
    }
    asked = f"the first {options.limit} questions of each file" if options.limit else "whole files"
    day = datetime.now(UTC).date().isoformat()
    about = f"{day}, {asked}, {os.cpu_count()} cores ({platform.machine()})."
    write_report(results, searched, options.out, about)
    print(options.out / "README.md")


if __name__ == "__main__":
    main()
