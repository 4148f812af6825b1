"""The command line: arguments in, exit code out. 0 answered or done, 1 refused or found wrong, 2 error."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from assistant import commands, evaluating, talking, upkeep
from assistant.render import one_line, visible
from assistant.running import Run, placed
from assistant.settings import version
from assistant.terminal import drop_output, locale_language
from index.errors import SourcierError
from index.types import Encoder
from prompts import LANGUAGES, message

if TYPE_CHECKING:
    from assistant.reader import Reader

Adding: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
ERROR, INTERRUPTED, PIPE_CLOSED = 2, 130, 141  # the last two are what a shell reports of SIGINT and SIGPIPE


def main(
    argv: Sequence[str] | None = None, *, encoder: Encoder | None = None, reader: Reader | None = None
) -> int:
    """Run one command; the exit code. `encoder` and `reader` stand in for those of the settings."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file name may hold what no encoding takes
    options = argparse.Namespace()
    try:
        options = _parser().parse_args(argv)
        code = options.run(Run(options, encoder, reader))
        sys.stdout.flush()
        return int(code)
    except SourcierError as error:
        print(f"sourcier: {visible(placed(str(error), options))}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return PIPE_CLOSED
    except OSError as error:  # of the output itself, as a rule: a full disk under it
        print(f"sourcier: {one_line(str(error))}", file=sys.stderr)
        drop_output()
        return ERROR
    except Exception as error:  # a fault of ours: named, and its trace kept for who asks
        if os.environ.get("SOURCIER_DEBUG"):
            traceback.print_exc()
        what = one_line(f"{type(error).__name__}: {error}")
        print(f"sourcier: {message('cli_unforeseen', locale_language(), what=what)}", file=sys.stderr)
        return ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sourcier",
        description="Answers from a folder of documents, only in their own words, each with its place.",
        epilog="exit codes: 0 answered or done, 1 refused or something was found wrong, 2 error\n"
        "settings: options, then SOURCIER_ variables, then sourcier.toml in the current folder\n\n"
        'example: sourcier ask "What is Current AI\'s funding?" --seeds articles',
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"sourcier {version()}")
    adding = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_chat, _ask, _talk, _index, _status, _verify, _evaluate, _doctor, _forget, _watch):
        add(adding)
    return parser


def _chat(adding: Adding) -> None:
    one = _command(adding, commands.chat, "open the page", "sourcier chat --seeds ~/articles", json=False)
    one.add_argument("--port", metavar="N", help="port of the page (default: 7860, or the next that is free)")
    one.add_argument(
        "--no-browser", dest="open_browser", action="store_false", default=None, help="open no browser"
    )
    one.add_argument(
        "--watch", action="store_true", default=None, help="take in changes of the folder by itself"
    )


def _ask(adding: Adding) -> None:
    one = _command(adding, commands.ask, "answer one question", 'sourcier ask "When is the summit?" --json')
    one.add_argument("question", metavar="QUESTION")
    one.add_argument(
        "--after", metavar="EARLIER", action="append", default=[],
        help="an earlier question that this one follows; repeat it, the oldest first",
    )  # fmt: skip
    one.add_argument(
        "--why", action="store_true", help="say how it was read, and what was found with which scores"
    )
    one.add_argument(
        "--no-build", dest="build", action="store_false", default=None,
        help="build no index: refuse where there is none, answer from the old one where it is behind",
    )  # fmt: skip


def _talk(adding: Adding) -> None:
    _command(
        adding, talking.talk, "ask one question after the other, in the light of the ones before",
        "sourcier talk --seeds ~/articles", json=False,
    )  # fmt: skip


def _index(adding: Adding) -> None:
    _command(adding, commands.index, "bring the index up to date", "sourcier index --seeds articles --json")


def _status(adding: Adding) -> None:
    one = _command(
        adding, commands.status, "how the index stands to its folder (1: behind, or none)",
        "sourcier status --text report.pdf",
    )  # fmt: skip
    one.add_argument("--text", metavar="FILE", help="print the text of this source that offsets count in")


def _verify(adding: Adding) -> None:
    one = _command(
        adding, commands.verify, "check the citations of a saved reply against the files",
        'sourcier ask "When is the summit?" --json | sourcier verify -',
    )  # fmt: skip
    one.add_argument("file", metavar="FILE", help="a saved `ask --json` or conversation; - for stdin")


def _evaluate(adding: Adding) -> None:
    one = _command(
        adding, evaluating.evaluate, "ask labelled questions, and say how good the answers are",
        "sourcier evaluate questions.jsonl --mode open --predictions answers.jsonl", seeds=False,
    )  # fmt: skip
    one.add_argument(
        "file", metavar="FILE", help='questions, JSON Lines or CSV (README.md, "How good"), also .gz'
    )
    one.add_argument(
        "--mode", choices=("reading", "open"), default="reading",
        help="read each question's own context (default), or search all contexts of the file",
    )  # fmt: skip
    one.add_argument(
        "--conversations", action="store_true",
        help='ask the questions that have earlier ones ("after") after them and alone, over all contexts',
    )  # fmt: skip
    one.add_argument("--limit", metavar="N", help="ask only the first N questions")
    one.add_argument(
        "--predictions",
        metavar="OUT",
        help="write every answer there; what it holds already is not asked again",
    )


def _doctor(adding: Adding) -> None:
    one = _command(
        adding, commands.doctor, "look for what is wrong, and say what mends it", "sourcier doctor --repair"
    )
    one.add_argument(
        "--repair", action="store_true", help="make a damaged index or unpacked model again, then look again"
    )


def _forget(adding: Adding) -> None:
    one = _command(
        adding, upkeep.forget, "keep files out, and nothing of them in the index; the files stay",
        "sourcier forget letters/private.txt",
    )  # fmt: skip
    one.add_argument("files", metavar="FILE", nargs="+", help="sources, by their path in the folder")
    one.add_argument("--undo", action="store_true", help="take forgotten files in again")


def _watch(adding: Adding) -> None:
    _command(
        adding, upkeep.watch, "index whenever the folder changes, until Ctrl+C",
        "sourcier watch --seeds ~/articles", json=False,
    )  # fmt: skip


def _command(
    adding: Adding,
    run: Callable[[Run], int],
    what: str,
    example: str,
    *,
    json: bool = True,
    seeds: bool = True,
) -> argparse.ArgumentParser:
    parser = adding.add_parser(
        run.__name__, help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=f"example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.set_defaults(run=run)
    where = ".sourcier in that of the sources" if seeds else "a temporary one"
    if seeds:
        parser.add_argument("--seeds", metavar="DIR", help="folder of the sources (default: seeds)")
    parser.add_argument("--index", metavar="DIR", help=f"folder of the index (default: {where})")
    parser.add_argument(
        "--model", metavar="NAME", help="a sentence-transformers model or its folder (default: ours)"
    )
    parser.add_argument(
        "--language", choices=LANGUAGES, help="of labels (default: the locale's, on the page the browser's)"
    )
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON")
    return parser
