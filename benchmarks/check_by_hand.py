"""Proves citations with none of Sourcier's code: python benchmarks/check_by_hand.py SEEDS REPLIES.jsonl"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

if len(sys.argv) != 3:
    sys.exit(__doc__)
for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines():
    for c in [c for answer in json.loads(line)["answers"] for c in answer["citations"]]:
        data = Path(sys.argv[1], c["document"]).read_bytes()
        show = ["sourcier", "status", "--seeds", sys.argv[1], "--text", c["document"]]
        text = data if c["offsets"] == "file" else subprocess.check_output(show)
        held = text.decode()[c["quote_start"] : c["quote_end"]] == c["quote"]
        same = hashlib.sha256(data).hexdigest() == c["source_sha256"]
        print("proven" if held and same else "WRONG", c["document"], c["start"], c["end"])
