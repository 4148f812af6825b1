"""The command `sourcier talk`: a conversation in the terminal."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING

from assistant.letting_go import letting_go
from assistant.render import to_text
from assistant.running import DONE, Run, bring_up_to_date
from assistant.terminal import bold, warn
from index.errors import UsageError

if TYPE_CHECKING:
    from assistant.types import Turn

ANEW = "/new"


def talk(run: Run) -> int:
    """Ask until the input ends; `/new` forgets what was said."""
    from assistant.followup import turn_of

    with suppress(ImportError):  # line editing, where the system has it
        import readline  # noqa: F401

    with closing(run.assistant()) as assistant, letting_go(assistant):
        bring_up_to_date(run, assistant)
        warn(run.say("talk", anew=ANEW))
        history: list[Turn] = []
        while (line := _line()) is not None:
            if not line:
                continue
            if line == ANEW:
                history.clear()
                warn(run.say("anew"))
                continue
            try:
                reply = assistant.ask(line, history)
            except UsageError as error:
                run.warn(error)
                continue
            history.append(turn_of(reply))
            print(to_text(reply, run.language, bold=bold()), end="\n\n", flush=True)
    return DONE


def _line() -> str | None:
    """What was typed, or None at the end of the input."""
    try:
        return input("> ").strip()
    except EOFError:
        print()
        return None
