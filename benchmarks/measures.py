"""The measures of rankings; they are defined in `assistant.measures`."""

from __future__ import annotations

from assistant.measures import ndcg, recall

__all__ = ["ndcg", "recall"]
