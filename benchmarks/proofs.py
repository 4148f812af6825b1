"""Two hundred answers, each citation proven: python -m benchmarks.proofs [--answers 200]

Asks every question of 50 generated documents in five languages and of `seeds/`, writes the replies, then runs
`sourcier verify` and `check_by_hand.py` on them.
"""

from __future__ import annotations

import argparse
import collections
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from assistant.render import to_json
from assistant.service import Assistant
from assistant.settings import Settings
from benchmarks.towns import write_towns
from prompts import examples

HERE = Path(__file__).parent


def main() -> None:
    """Print how many answers and citations there were, and what both checks said of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--answers", type=int, default=200)
    wanted = parser.parse_args().answers
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "seeds")
        shutil.copytree(HERE.parent / "seeds", folder, ignore=shutil.ignore_patterns(".sourcier"))
        questions = write_towns(folder, 50)
        assistant = Assistant(Settings(seeds=folder))
        print(assistant.build())
        replies, right = [], 0
        for text in [*examples("en"), *examples("fr")]:
            replies.append(assistant.ask(text))
        for question in questions:
            reply = assistant.ask(question.text)
            replies.append(reply)
            right += any(
                c.document == question.document and question.sentence in c.quote
                for answer in reply.answers
                for c in answer.citations
            )
        answers = [answer for reply in replies for answer in reply.answers]
        print(
            f"{len(replies)} questions, {sum(r.status == 'answered' for r in replies)} answered, {len(answers)} answers"
        )
        print(f"the right sentence is cited for {right} of the {len(questions)} questions about the towns")
        lines = Path(name, "replies.jsonl")
        lines.write_text("".join(json.dumps(to_json(r)) + "\n" for r in replies), encoding="utf-8")
        sourcier = str(Path(sys.executable).with_name("sourcier"))
        verify = subprocess.run(
            [sourcier, "verify", str(lines), "--seeds", str(folder), "--json"], capture_output=True, text=True
        )
        states = collections.Counter(verdict["state"] for verdict in json.loads(verify.stdout))
        print(f"sourcier verify: exit {verify.returncode}, {dict(states)}")
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        by_hand = subprocess.run(
            [sys.executable, str(HERE / "check_by_hand.py"), str(folder), str(lines)],
            capture_output=True, text=True, env={"PATH": path},
        )  # fmt: skip
        words = collections.Counter(line.split()[0] for line in by_hand.stdout.splitlines())
        print(f"check_by_hand.py: {dict(words)} {by_hand.stderr}")
        if len(answers) < wanted:
            sys.exit(f"only {len(answers)} answers, {wanted} were wanted")


if __name__ == "__main__":
    main()
