"""What this processor is quick at, as far as NumPy and the platform tell."""

from __future__ import annotations

import platform

import pytest

from index.onnx_graph import BLOCKS, ROWS
from index.processor import quickest


@pytest.mark.parametrize(
    ("machine", "features", "expected"),
    [("x86_64", {"AVX512VNNI": True}, BLOCKS), ("AMD64", {"AVX512VNNI": False}, ROWS), ("x86_64", {}, ROWS),
     ("arm64", {}, BLOCKS)],
)  # fmt: skip
def test_which_products_are_quickest(
    machine: str, features: dict[str, bool], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from numpy._core import _multiarray_umath  # type: ignore[attr-defined]

    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(_multiarray_umath, "__cpu_features__", features)
    assert quickest() == expected
