"""Where a run of training stands: saved whole, and restored to go on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.clock import Clock
from training.model import SpanReader

CHECKPOINT = "checkpoint.pt"


@dataclass(slots=True)
class State:
    """Where a run stands; all of it is in the checkpoint."""

    round: int = 0
    batch: int = 0
    step: int = 0
    seen: int = 0
    loss: float = 0.0  # moving average


@dataclass(frozen=True, slots=True)
class Run:
    """What a checkpoint holds, and the folder that it is written to."""

    folder: Path
    model: SpanReader
    optimiser: Any
    state: State
    clock: Clock

    def save(self, name: str) -> None:
        """Write a checkpoint aside, then put it in place."""
        path = self.folder / name
        aside = path.with_suffix(".part")
        content = {
            "weights": {k: v.detach().cpu() for k, v in self.model.trained().items()},
            "optimiser": self.optimiser.state_dict(),
            "state": {key: getattr(self.state, key) for key in State.__slots__},
            "progress": self.clock.progress,
        }
        torch.save(content, aside)
        aside.replace(path)

    def restore(self, name: str) -> bool:
        """Go on from a checkpoint; False if there is none."""
        if not (self.folder / name).exists():
            return False
        content = torch.load(
            self.folder / name, weights_only=True, map_location=self.model.head.weight.device
        )
        with torch.no_grad():
            for key, value in self.model.trained().items():
                value.copy_(content["weights"][key])
        self.model.merge()
        self.optimiser.load_state_dict(content["optimiser"])
        for key, value in content["state"].items():
            setattr(self.state, key, value)
        self.clock.progress = content["progress"]
        return True
