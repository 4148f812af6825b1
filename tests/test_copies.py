"""Copies of one text are found when the index is built, and speak once when it is asked."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from folders import BREAD, BRIDGE, HARBOUR, Place, place
from hypothesis import given, settings
from hypothesis import strategies as st
from stub_reader import WordReader
from stubs import BagEncoder
from test_compose import document

from assistant.copies import distinct, heard_once, told_once
from assistant.render import to_json, to_markdown, to_text
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Candidate, Reply
from index.copies import NUMBERS, families, sketch
from index.forget import forget
from index.generation import open_generation
from index.types import Hit, Passage, Span

RELEASE = (
    "The council of Valbrune will rebuild the market hall in spring. "
    "The works cost 740 thousand euros and take nine months. "
    "Traders keep their stalls on the square by the river until then. "
    "A third of the roof is to carry solar panels, the council said. "
    "Residents may look at the plans in the town hall on weekdays. "
    "The architect, Mirela Osk, has built two halls of the kind before."
)
DEARER = RELEASE.replace("740 thousand", "910 thousand")
HEADER = "PRESS RELEASE. For immediate use. Contact: press office, 4 quai des Tanneurs.\n\n"
COST = "How much do the works of the market hall cost, in thousand euros?"
WORDS = [
    f"{a}{b}" for a in "stra bro kel mon ti ver lu ga pho ne".split() for b in "dan lis mor tek vu".split()
]


def text_of(seed: int, length: int) -> str:
    drawn = random.Random(seed)
    return " ".join(drawn.choice(WORDS) + drawn.choice(WORDS) for _ in range(length))


@given(
    st.integers(0, 10_000),
    st.integers(100, 400),
    st.integers(0, 12),
    st.sampled_from(["\n", "  ", "\t\u00a0", "\r\n\r\n"]),
)
@settings(deadline=None, max_examples=60)
def test_a_copy_is_found_whatever_its_spaces_and_header_and_another_text_is_not(
    seed: int, length: int, header: int, space: str
) -> None:
    text, other = text_of(seed, length), text_of(seed + 20_000, length)
    copy = text_of(seed + 40_000, header) + space + re.sub(" ", lambda _: space, text).upper()
    assert families([sketch(text), sketch(other), sketch(copy)]) == [[0, 2]]


def test_a_sketch_is_the_same_on_every_machine() -> None:
    assert len(sketch(RELEASE)) == 4 * NUMBERS
    assert sketch(RELEASE)[:8].hex() == sketch(" \n".join(RELEASE.split()))[:8].hex() == "58b7ad01874ae601"
    assert sketch("!!!") != sketch("???")


def test_families_are_chains_of_likeness_and_none_is_of_one() -> None:
    texts = [HARBOUR, RELEASE, BREAD, DEARER, HEADER + RELEASE, BREAD]
    assert families([sketch(text) for text in texts]) == [[1, 3, 4], [2, 5]]
    assert families([]) == families([sketch(HARBOUR)]) == families([sketch(HARBOUR), sketch(BRIDGE)]) == []


def test_characters_stand_for_words_where_no_space_parts_them() -> None:
    text = "市議会は春に市場を建て直すと発表した。工事費は七億円で九か月かかる。屋根の三分の一に太陽光パネルを置く。"
    assert families([sketch(text), sketch("速報" + text.replace("。", "。\n")), sketch(text[::-1])]) == [
        [0, 1]
    ]


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return place(tmp_path)


def copies(here: Place, path: str) -> list[str]:
    generation = open_generation(here.index)
    try:
        return generation.copies(path)
    finally:
        generation.close()


def test_the_index_knows_copies_however_it_was_built(here: Place) -> None:
    here.write(a=RELEASE, b=HARBOUR)
    here.build()
    assert copies(here, "a.txt") == []
    here.write(c=HEADER + RELEASE, d=DEARER)
    here.build()
    assert copies(here, "a.txt") == ["c.txt", "d.txt"]
    assert copies(here, "d.txt") == ["a.txt", "c.txt"]
    assert copies(here, "b.txt") == copies(here, "nowhere.txt") == []
    (here.sources / "a.txt").unlink()
    here.build()
    assert copies(here, "d.txt") == ["c.txt"]


def test_a_forgotten_copy_is_no_copy_any_more(here: Place) -> None:
    here.write(a=RELEASE, c=HEADER + RELEASE, b=HARBOUR)
    here.build()
    assert copies(here, "a.txt") == ["c.txt"]
    numbers = sketch(HEADER + RELEASE)
    assert any(numbers in file.read_bytes() for file in here.index.rglob("corpus.sqlite"))
    forget(here.sources, here.index, ["c.txt"], here.encoder)
    assert copies(here, "a.txt") == []
    assert not any(numbers in file.read_bytes() for file in here.index.rglob("*") if file.is_file())


def ask(here: Place, question: str = COST) -> Reply:
    one = Assistant(Settings(seeds=here.sources), BagEncoder(), WordReader())
    one.build()
    try:
        return one.ask(question)
    finally:
        one.close()


def test_a_release_in_four_files_is_one_answer_in_one_citation(here: Place) -> None:
    here.write(a=RELEASE, b=HEADER + RELEASE, c=RELEASE.replace(" ", "\n"), d=RELEASE, e=HARBOUR)
    reply = ask(here)
    [answer] = reply.answers
    [citation] = answer.citations
    assert answer.text == "740 thousand euros"
    assert sorted([citation.document, *citation.copies]) == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert reply.disagreement == ()
    assert len({use.hit.passage.text for use in reply.passages}) == len(reply.passages)
    assert [use.hit.rank for use in reply.passages] == list(range(1, len(reply.passages) + 1))
    listed = ", ".join(citation.copies)
    assert f"also in 3 other files: {listed}" in to_text(reply, "en")
    assert f"; also in 3 other files: {listed})" in to_markdown(answer)
    assert "aussi dans 3 autres fichiers" in to_text(reply, "fr")
    assert to_json(reply)["answers"][0]["citations"][0]["copies"] == citation.copies


def test_versions_that_differ_in_the_figure_both_stand_and_disagree(here: Place) -> None:
    here.write(a=RELEASE, b=RELEASE, c=DEARER, d=HEADER + DEARER)
    reply = ask(here)
    assert sorted(answer.text for answer in reply.answers) == ["740 thousand euros", "910 thousand euros"]
    for answer in reply.answers:
        [citation] = answer.citations
        family = ["a.txt", "b.txt"] if answer.text.startswith("740") else ["c.txt", "d.txt"]
        assert sorted([citation.document, *citation.copies]) == family
    assert reply.disagreement == (1, 2)


def test_copies_that_hold_both_figures_do_not_disagree_with_each_other(here: Place) -> None:
    both = RELEASE + " In June the works of the hall cost 910 thousand euros."
    here.write(a=both, b=both, c=HARBOUR)
    reply = ask(here)
    assert sorted(answer.text for answer in reply.answers) == ["740 thousand euros", "910 thousand euros"]
    assert reply.disagreement == ()


def test_forty_copies_do_not_crowd_out_another_source(here: Place) -> None:
    here.write(**{f"copy{n:02}": RELEASE for n in range(40)})
    here.write(other="The works of the market hall cost 700 thousand euros, the opposition says.")
    reply = ask(here)
    told = {a.text: [(len(c.copies), c.document[:4]) for c in a.citations] for a in reply.answers}
    assert told == {"740 thousand euros": [(39, "copy")], "700 thousand euros": [(0, "othe")]}


def test_a_sentence_of_copies_is_heard_once_whatever_each_says_of_it() -> None:
    quote = "The board rejected the sale of the plant by 4 votes."
    documents = {path: document(path, quote) for path in ("a.txt", "b.txt", "c.txt")}
    copies = {"a.txt": ["b.txt"], "b.txt": ["a.txt"], "c.txt": []}
    said = [Candidate(path, Span(0, end), Span(0, len(quote)), score, 1) for path, end, score in (
        ("a.txt", 9, 0.5), ("b.txt", 18, 0.8), ("b.txt", 9, 0.6), ("c.txt", 9, 0.4))]  # fmt: skip
    heard = heard_once(said, documents.__getitem__, copies.__getitem__)
    assert [(one.document, one.score) for one in heard] == [("b.txt", 0.8), ("b.txt", 0.6), ("c.txt", 0.4)]


def hit(path: str, text: str, rank: int) -> Hit:
    return Hit(Passage(path, 0, len(text), text, "en"), rank, 1 / rank, 0.8, 1.0)


def test_a_passage_of_a_copy_is_kept_for_one_new_sentence() -> None:
    family = {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}
    first, last = RELEASE.split(". ")[0] + ".", RELEASE.split(". ")[-1]
    hits = [
        hit("a", f"{first} {last}", 1),
        hit("b", f"{last}", 2),
        hit("x", f"{first}", 3),
        hit("c", f"{first.replace('spring', 'autumn')} {last}", 4),
        hit("b", f"{first}\n{last}", 5),
        hit("a", f"{first}", 6),
    ]
    kept = distinct(hits, lambda path: family.get(path, []))
    assert [(one.passage.document, one.rank, one.score) for one in kept] == [
        ("a", 1, 1.0), ("x", 2, 1 / 3), ("c", 3, 1 / 4), ("a", 4, 1 / 6),
    ]  # fmt: skip
    assert distinct(hits, lambda _: []) == hits


def test_a_figure_is_not_held_by_a_longer_one() -> None:
    hits = [
        hit("a", "15 million people live here. It rains.", 1),
        hit("b", "5 million people live here. It rains.", 2),
    ]
    assert distinct(hits, lambda path: ["b" if path == "a" else "a"]) == hits


def test_a_sentence_is_held_whatever_stands_beside_it() -> None:
    hits = [hit("a", "はじめに。人口は約1400万人です。終わり。", 1), hit("b", "人口は約1400万人です。", 2)]
    assert distinct(hits, lambda path: ["b" if path == "a" else "a"]) == hits[:1]


def test_a_copy_is_named_only_if_the_sentence_stands_in_it() -> None:
    texts = {
        "a": "It costs “9 euros” – so far. It rains.", "b": 'It costs "9 euros" -\nso far. It snows.',
        "c": "It costs 8 euros so far. It rains.", "x": "It costs “9 euros” – so far. It rains.",
    }  # fmt: skip
    documents = {path: document(path, text) for path, text in texts.items()}
    family = {path: [other for other in "cba" if other != path] for path in "abc"}
    group = [
        Candidate(path, Span(10, 17), Span(0, 28), score, 1)
        for path, score in (("a", 0.9), ("b", 0.8), ("x", 0.7))
    ]
    told = told_once(group, documents.__getitem__, lambda path: family.get(path, []))
    assert [(c.document, also) for c, also in told] == [("a", ("b",)), ("x", ())]
