"""The fixtures of the page, for all tests that drive it; each brings a `served`, the assistant whose page it is."""

from pagekit import browser, encoder, open_page, url

__all__ = ["browser", "encoder", "open_page", "url"]
