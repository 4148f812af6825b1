"""The fixtures of the page, for all tests that drive it; each brings a `served`, the assistant whose page it is."""

import pytest

pytest.register_assert_rewrite("pagekit")  # what its fixtures hold says what it found

from pagekit import browser, encoder, open_page, url  # noqa: E402

__all__ = ["browser", "encoder", "open_page", "url"]
