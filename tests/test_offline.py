"""Nothing leaves the machine: every command runs with the network's doors nailed shut."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Replaces what opens a connection or asks for a name. A unix socket and loopback stay: they are this machine.
GUARD = """
import runpy, socket, sys
def refuse(what):
    print("NETWORK", what, file=sys.stderr, flush=True)
    raise OSError("the network is cut off")
def guarded(open_):
    def connect(self, address):
        here = self.family == socket.AF_UNIX or str(address[0]).startswith(("127.", "::1", "localhost"))
        return open_(self, address) if here else refuse(address)
    return connect
socket.socket.connect = guarded(socket.socket.connect)
socket.socket.connect_ex = guarded(socket.socket.connect_ex)
ask = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    return ask(host, *rest, **more) if host in (None, "localhost", "127.0.0.1", "::1") else refuse(host)
socket.getaddrinfo = getaddrinfo
runpy.run_module("assistant", run_name="__main__")
"""


def sourcier(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", GUARD, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), "SOURCIER_SEEDS": str(folder)},
    )


def test_the_guard_refuses_and_says_so() -> None:
    probe = GUARD.replace(
        'runpy.run_module("assistant", run_name="__main__")', 'socket.create_connection(("192.0.2.1", 80), 1)'
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert done.returncode == 1
    assert "NETWORK" in done.stderr


SESSION = """
import index, numpy, onnx, onnxruntime
from onnx import TensorProto, helper
[x, y] = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "double", [x], [y])
model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
session = onnxruntime.InferenceSession(model.SerializeToString())
print(session.run(None, {"x": numpy.ones(1, numpy.float32)})[0][0])
"""


def test_the_runtime_of_the_models_keeps_no_record_to_send(tmp_path: Path) -> None:
    # A guard in Python sees nothing of what a library sends by itself; it first gives the machine a number.
    home = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ran = subprocess.run(
        [sys.executable, "-c", SESSION], cwd=ROOT, capture_output=True, text=True, env=home, check=True
    )
    assert ran.stdout == "2.0\n"
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.slow
def test_every_command_works_without_a_network(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    shutil.copytree(ROOT / "seeds", folder, ignore=shutil.ignore_patterns(".sourcier"))
    index = sourcier("index", "--json", folder=folder)
    assert index.returncode == 0, index.stderr
    assert json.loads(index.stdout)["documents"] == 7
    ask = sourcier("ask", "What is Current AI's funding?", "--json", folder=folder)
    assert ask.returncode == 0, ask.stderr
    assert "400 millions d'euros" in json.loads(ask.stdout)["answers"][0]["citations"][0]["quote"]
    reply = tmp_path / "reply.json"
    reply.write_text(ask.stdout, encoding="utf-8")
    verify = sourcier("verify", str(reply), folder=folder)
    assert (verify.returncode, "proven" in verify.stdout) == (0, True), verify.stdout + verify.stderr
    status = sourcier("status", folder=folder)
    assert status.returncode == 0, status.stdout + status.stderr
    doctor = sourcier("doctor", folder=folder)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    for done in (index, ask, verify, status, doctor):
        assert "NETWORK" not in done.stderr
