"""The conversations that the page holds: each for its tab alone, and not for ever."""

from __future__ import annotations

from assistant.visitors import IDLE, MOST, Visitors

SECRET = "0b7f5a52-71d1-4b0e-8f2b-3f9c1c1e9d01"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_tab_finds_its_own_again_and_no_other() -> None:
    visitors = Visitors()
    mine = visitors.of({"visitor": SECRET})
    assert visitors.of({"visitor": SECRET}) is mine
    other = visitors.of({"visitor": SECRET[:-1] + "2"})
    assert other is not mine
    assert other.id != mine.id


def test_who_names_no_secret_gets_one_that_nobody_else_has() -> None:
    visitors = Visitors()
    for data in ({}, {"visitor": ""}, {"visitor": "short"}, {"visitor": 7}, {"visitor": ["x" * 20]}):
        assert visitors.of(data) is not visitors.of(data)


def test_one_unused_for_long_is_let_go_and_one_in_use_is_not() -> None:
    clock = Clock()
    visitors = Visitors(clock)
    old, used = visitors.of({"visitor": SECRET}), visitors.of({"visitor": SECRET + "-b"})
    clock.now += IDLE - 1
    visitors.of({"visitor": SECRET + "-b"})
    clock.now += 2
    assert visitors.of({"visitor": SECRET + "-b"}) is used
    again = visitors.of({"visitor": SECRET})
    assert again is not old
    assert again.id != old.id  # by which the tab knows that it has to bring its conversation


def test_at_most_so_many_are_held_the_one_unused_longest_goes() -> None:
    visitors = Visitors()
    first, second = visitors.of({"visitor": f"{SECRET}-0"}), visitors.of({"visitor": f"{SECRET}-1"})
    for n in range(2, MOST):
        visitors.of({"visitor": f"{SECRET}-{n}"})
    assert visitors.of({"visitor": f"{SECRET}-0"}) is first
    visitors.of({"visitor": f"{SECRET}-{MOST}"})
    assert visitors.of({"visitor": f"{SECRET}-0"}) is first
    assert visitors.of({"visitor": f"{SECRET}-1"}) is not second
