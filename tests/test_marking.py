"""A selection's offsets: what the page shows for a text may be longer or shorter than the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_html import Seen, document

from assistant import html
from assistant.marking import offset, selected
from index.types import Span

MIXED = "one\r\ntwo \u202ethree\x00 four\r\n\r\nfive 🙂 six"


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="ab\r\n\u202e\x00🙂é <&", max_size=30), st.data())
def test_what_is_shown_before_a_place_leads_back_to_it(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    place = data.draw(st.integers(at, len(text)))
    if text[place - 1 : place + 1] == "\r\n" or text[at - 1 : at + 1] == "\r\n":
        return  # nobody can select between the two
    shown = len(Seen(html.text(text[at:place])).text)
    assert offset(text, at, shown) == place


def test_the_offsets_of_a_selection_are_those_of_the_document() -> None:
    page = document(MIXED)
    shown = Seen(html.window(page, 0, len(MIXED), None, "en")).text
    start, end = shown.index("three"), shown.index("six") + 3
    assert selected(page, [[0, start], [0, end]]) == Span(MIXED.index("three"), len(MIXED))


def test_white_space_at_its_ends_is_left_out() -> None:
    assert selected(document("one  two\n"), [[0, 3], [0, 9]]) == Span(5, 8)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "x",
        [[0, 1]],
        [[0, 1], [0, 1]],
        [[5, 0], [1, 2]],
        [[0, -1], [0, 2]],
        [["0", 1], [0, 2]],
        [[99, 9], [99, 99]],
    ],
)
def test_what_is_no_selection_is_none(data: object) -> None:
    assert selected(document("some words"), data) is None
