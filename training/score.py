"""The measures of answers; they are defined in `assistant.measures`."""

from __future__ import annotations

from assistant.measures import auroc, exact, f1, words_of

__all__ = ["auroc", "exact", "f1", "words_of"]
