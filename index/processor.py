"""What this computer's processor is quick at."""

from __future__ import annotations

import platform

from index.onnx_graph import BLOCKS, ROWS


def quickest() -> str:
    """How the bundled model's matrices are multiplied fastest in int8 here: BLOCKS or ROWS of `onnx_graph`."""
    return BLOCKS if has_vnni() else ROWS


def has_vnni() -> bool:
    """Whether the processor adds up products of bytes by itself, as NumPy found; ARM's do it in a way of their own.

    Of Intel's kind, those with AVX-512 VNNI do: NumPy does not tell of AVX-VNNI alone. In public, `numpy.show_config`
    names but groups of what a processor can, and /proc/cpuinfo is Linux's: hence the private module.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    try:
        from numpy._core import _multiarray_umath  # type: ignore[attr-defined]
    except ImportError:
        return False
    return bool(getattr(_multiarray_umath, "__cpu_features__", {}).get("AVX512VNNI"))
