"""The BM25 leg: words in many languages, and an index that stands on disk without pickle."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import lexical, postings
from index.errors import IndexDamaged
from index.lexical import K1, LANGUAGES, LENGTHS, SHAPE, B, LexicalIndex, write_lexical
from index.stopwords import STOP_WORDS
from index.terms import words


def built(folder: Path, texts: list[str], languages: list[str] | str = "fr") -> LexicalIndex:
    folder.mkdir(exist_ok=True)
    write_lexical(texts, [languages] * len(texts) if isinstance(languages, str) else languages, folder)
    return LexicalIndex(folder)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param("L'énergie d’Aix", "fr", ["energ", "aix"], id="elisions, both apostrophes"),
        pytest.param("jusqu'à lorsqu’il puisqu'on", "fr", [], id="longer elisions before function words"),
        pytest.param("qu'Antoine", "fr", ["antoin"], id="qu'"),
        pytest.param("aujourd'hui", "fr", ["aujourd", "hui"], id="an apostrophe inside a word"),
        pytest.param("les budgets, le budget", "fr", ["budget", "budget"], id="French stems"),
        pytest.param("sante SANTÉ santé", "fr", ["sant"] * 3, id="accents and case folded"),
        pytest.param("dell'arte nell’Unione", "it", ["arte", "union"], id="Italian elisions"),
        pytest.param("l'aigua d’en", "ca", ["aigu", "en"], id="Catalan elisions"),
        pytest.param("What is Current AI's funding?", "en", ["current", "ai", "fund"], id="genitive"),
        pytest.param("O'Brien doesn’t", "en", ["obrien", "doesnt"], id="English apostrophes"),
        pytest.param("l'Élysée", "en", ["elyse"], id="a French name in an English text"),
        pytest.param("Häuser der Straße", "de", ["haus", "strass"], id="German"),
        pytest.param("los niños", "es", ["nin"], id="Spanish"),
        pytest.param("İstanbul'da ISINMA", "tr", ["istanbul", "ısınma"], id="Turkish i and case endings"),
        pytest.param("книги", "ru", ["книг"], id="Russian"),
        pytest.param("हिन्दी", "hi", ["हिन्द"], id="marks stay with their letters"),
        pytest.param("法国峰会", "zh", ["法国", "国峰", "峰会"], id="Han pairs"),
        pytest.param("法", "zh", ["法"], id="a single Han character"),
        pytest.param("2025年AI", "zh", ["2025", "年", "ai"], id="scripts side by side"),
        pytest.param("파리에서", "ko", ["파리", "리에", "에서"], id="Hangul pairs"),
        pytest.param("ไทย", "th", ["ไท", "ทย"], id="Thai pairs"),
        pytest.param("slovenčina", "sk", ["slovencina"], id="a language without a stemmer"),
        pytest.param("G7, 3D et COVID-19", "fr", ["g7", "3d", "covid", "19"], id="letters with digits"),
        pytest.param(
            "in\u00adfor\u00admation ﬁnale", "fr", ["inform", "final"], id="soft hyphens, ligatures"
        ),
        pytest.param("sommet¹", "fr", ["sommet"], id="a footnote mark"),
        pytest.param("snake_case", "en", ["snake", "case"], id="underscores part words"),
        pytest.param("?! — … \x00", "fr", [], id="nothing but punctuation"),
        pytest.param("", "fr", [], id="nothing"),
    ],
)
def test_words(text: str, language: str, expected: list[str]) -> None:
    assert words(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("400", ["400"]),
        ("1,5", ["1.5"]),
        ("1.5", ["1.5"]),
        ("2025", ["2025"]),
        ("1 000 000", ["1000000"]),
        ("10\u202f000", ["10000"]),
        ("10\u00a0000,50", ["10000.50"]),
        ("1,000 1.000", ["1000", "1000"]),
        ("10-11", ["10", "11"]),
        ("2.1.3", ["2.1.3"]),
        ("01 23 45", ["01", "23", "45"]),
        ("٤٠٠", ["400"]),
        ("４００", ["400"]),
        ("50%", ["50"]),
        ("12.", ["12"]),
    ],
)
def test_numbers_stay_whole_however_they_are_written(text: str, expected: list[str]) -> None:
    assert words(text, "fr") == expected


def test_a_word_of_any_length_is_one_short_term() -> None:
    assert [len(term) for term in words("x" * 100_000, "fr")] == [64]


def test_no_stop_word_survives_and_none_is_an_acronym_of_the_subject() -> None:
    for language, stop in STOP_WORDS.items():
        assert words(" ".join(sorted(stop)), language) == []
        assert not stop & {"ai", "ia", "ki", "us", "who's"}


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["fr", "en", "tr", "zh", "hi", "xx"]))
def test_any_text_gives_clean_terms(text: str, language: str) -> None:
    for term in words(text, language):
        assert term == term.strip()
        assert 0 < len(term) <= 70


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abcdéèàïç '’\u00ad", max_size=40))
def test_either_apostrophe_gives_the_same_words(text: str) -> None:
    assert words(text.replace("’", "'"), "fr") == words(text.replace("'", "’"), "fr")


def test_the_score_is_bm25(tmp_path: Path) -> None:
    index = built(tmp_path, ["chat noir", "chien noir", "chien blanc grand fauve"])
    rows, scores = index.search("chat", "fr", 3)
    idf, average = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5)), 8 / 3
    assert rows.tolist() == [0]
    assert scores[0] == pytest.approx(idf * 1 / (1 + 1.2 * (1 - 0.5 + 0.5 * 2 / average)), rel=1e-5)


def test_rare_words_and_more_words_rank_higher(tmp_path: Path) -> None:
    index = built(tmp_path, ["le sommet", "le sommet de Paris", "le sommet de l'IA à Paris", "le budget"])
    assert index.search("sommet IA Paris", "fr", 10)[0].tolist() == [2, 1, 0]
    assert index.search("sommet IA Paris", "fr", 1)[0].tolist() == [2]
    assert index.search("sommet IA Paris", "fr", 0)[0].tolist() == []


def test_equal_texts_come_in_the_order_of_their_rows(tmp_path: Path) -> None:
    rows, scores = built(tmp_path, ["rien", *["le chat"] * 30]).search("chats", "fr", 12)
    assert rows.tolist() == list(range(1, 13))
    assert len(set(scores.tolist())) == 1


def test_each_text_is_stemmed_in_its_own_language(tmp_path: Path) -> None:
    index = built(tmp_path, ["les nations unies", "the United Nations", "die Häuser"], ["fr", "en", "de"])
    assert 0 in index.search("nation", "fr", 3)[0]
    assert index.search("united", "en", 3)[0].tolist() == [1]
    assert index.search("Haus", "de", 3)[0].tolist() == [2]


def test_scores_cover_every_text_and_agree_with_the_search(tmp_path: Path) -> None:
    index = built(tmp_path, ["chat", "rien", "chat chat noir"])
    scores = index.scores("chat noir", "fr")
    assert scores.shape == (3,)
    assert scores[1] == 0
    rows, found = index.search("chat noir", "fr", 3)
    assert scores[rows].tolist() == found.tolist()


def test_a_repeated_word_of_the_question_counts_once(tmp_path: Path) -> None:
    index = built(tmp_path, ["chat", "chien"])
    assert index.scores("chat chats CHAT", "fr").tolist() == index.scores("chat", "fr").tolist()


def test_the_ceiling_is_the_weight_of_all_the_question_s_words(tmp_path: Path) -> None:
    index = built(tmp_path, ["chat noir", "chat blanc", "chien"])
    chat, unknown = math.log(1 + 1.5 / 2.5), math.log(1 + 3.5 / 0.5)
    assert index.ceiling("chat", "fr") == pytest.approx(chat)
    assert index.ceiling("le chat inconnu, chats", "fr") == pytest.approx(chat + unknown)
    assert index.ceiling("?! le la", "fr") == 0.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("chat chien noir blanc sommet budget 400".split()), max_size=6))
def test_no_score_exceeds_the_ceiling(tmp_path_factory: pytest.TempPathFactory, question: list[str]) -> None:
    texts = ["chat noir chat chat", "sommet 400", "chien blanc sommet", ""]
    index = built(tmp_path_factory.mktemp("index"), texts)
    asked = " ".join(question)
    assert (index.scores(asked, "fr") <= index.ceiling(asked, "fr") + 1e-5).all()


def test_the_languages_come_back_as_they_were_written(tmp_path: Path) -> None:
    assert built(tmp_path, ["a b", "", "c"], ["fr", "en", "zh"]).languages.tolist() == ["fr", "en", "zh"]


def test_languages_that_do_not_fit_the_texts_are_damage(tmp_path: Path) -> None:
    built(tmp_path / "one", ["chat"])
    built(tmp_path / "two", ["chat", "chien"])
    (tmp_path / "one" / LANGUAGES).write_bytes((tmp_path / "two" / LANGUAGES).read_bytes())
    with pytest.raises(IndexDamaged, match=LANGUAGES):
        LexicalIndex(tmp_path / "one")


@pytest.mark.parametrize("texts", [[], [""], ["?!", "…"], ["le la les"]], ids=repr)
def test_texts_without_words_find_nothing(tmp_path: Path, texts: list[str]) -> None:
    index = built(tmp_path, texts)
    assert len(index) == len(texts)
    assert index.search("chat", "fr", 5)[0].tolist() == []
    assert index.scores("chat", "fr").tolist() == [0.0] * len(texts)


@pytest.mark.parametrize("question", ["", "?!", "zzz inconnu", "le la", "\x00"])
def test_a_question_without_known_words_finds_nothing(tmp_path: Path, question: str) -> None:
    index = built(tmp_path, ["chat", ""])
    assert index.search(question, "fr", 5)[0].tolist() == []
    assert index.scores(question, "fr").tolist() == [0.0, 0.0]


def test_the_files_hold_no_pickle_and_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    texts = ["l'été à Paris", "the summit", "400 millions d’euros"]
    built(tmp_path / "a é", texts, ["fr", "en", "fr"])
    built(tmp_path / "b", texts, ["fr", "en", "fr"])
    first = {path.name: path.read_bytes() for path in (tmp_path / "a é").iterdir()}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    assert {name.rsplit(".", 1)[1] for name in first} == {"json", "u64", "i64", "u32", "u16", "u8"}
    assert json.loads(first[SHAPE])["texts"] == 3


def test_texts_and_languages_must_pair(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="longer"):
        write_lexical(["a", "b"], ["fr"], tmp_path)


@pytest.mark.parametrize(
    "name", [SHAPE, LANGUAGES, LENGTHS, "terms.u64", "starts.i64", "rows.u32", "counts.u8"]
)
@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY", b"{"], ids=["gone", "empty", "cut", "half"])
def test_a_damaged_file_is_named_with_the_mending_command(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    built(tmp_path, ["chat", "chien"])
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(IndexDamaged, match="sourcier index"):
        LexicalIndex(tmp_path)


WORDS = st.lists(st.sampled_from("chat chien noir blanc sommet budget 400 énergie".split()), max_size=9)
SHELF = st.lists(WORDS.map(" ".join), max_size=8)


def slow_bm25(texts: list[str], question: str) -> list[float]:
    """The formula, word by word."""
    terms = [words(text, "fr") for text in texts]
    mean = sum(map(len, terms)) / len(texts)
    scores = []
    for own in terms:
        score = 0.0
        for term in set(words(question, "fr")):
            found = sum(term in other for other in terms)
            often = own.count(term)
            share = often / (often + K1 * (1 - B + B * len(own) / mean)) if often else 0.0
            score += math.log(1 + (len(texts) - found + 0.5) / (found + 0.5)) * share
        scores.append(score)
    return scores


@settings(max_examples=60, deadline=None)
@given(SHELF.filter(bool), WORDS.map(" ".join))
def test_every_score_is_bm25(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], question: str
) -> None:
    index = built(tmp_path_factory.mktemp("index"), texts)
    assert index.scores(question, "fr").tolist() == pytest.approx(slow_bm25(texts, question), rel=1e-5)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=80, deadline=None)
@given(SHELF, st.data(), st.sampled_from([1, 3, 7, 2**22]))
def test_what_is_carried_over_is_what_would_be_made_anew(
    tmp_path_factory: pytest.TempPathFactory, before: list[str], data: st.DataObject, block: int
) -> None:
    """Some texts go, some come between those that stay, in blocks of any size: the same bytes."""
    root = tmp_path_factory.mktemp("carried")
    old = built(root / "old", before)
    kept = data.draw(st.lists(st.sampled_from(range(len(before))), unique=True)) if before else []
    rows: list[int | str] = sorted(kept)
    for text in data.draw(SHELF):
        rows.insert(data.draw(st.integers(0, len(rows))), text)
    after = [before[row] if isinstance(row, int) else row for row in rows]
    origin = np.array([row if isinstance(row, int) else -1 for row in rows], np.int64)
    fresh = [row for row in rows if isinstance(row, str)]
    (root / "new").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "BLOCK", block)
        write_lexical(fresh, ["fr"] * len(after), root / "new", old, origin)
    built(root / "anew", after)
    assert files(root / "new") == files(root / "anew")


def test_blocks_of_any_size_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"le sommet {n % 7} de {n % 3} budgets, chat {n}" for n in range(60)]
    built(tmp_path / "whole", texts)
    monkeypatch.setattr(postings, "BLOCK", 16)
    built(tmp_path / "blocks", texts)
    assert files(tmp_path / "whole") == files(tmp_path / "blocks")


def test_words_taken_by_other_rules_are_not_to_be_carried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert built(tmp_path / "one", ["chat"]).carriable
    monkeypatch.setattr(lexical, "fingerprint", lambda: "0, Stemmer 1.0, Unicode 1.0")
    assert not LexicalIndex(tmp_path / "one").carriable


def test_a_word_may_stand_more_often_than_is_counted(tmp_path: Path) -> None:
    index = built(tmp_path, ["chat " * 300, "chien"])
    assert index.lengths.tolist() == [300, 1]
    assert index.postings.counts.tolist().count(postings.MOST) == 1
    assert index.scores("chat", "fr")[0] == pytest.approx(
        slow_bm25(["chat " * 300, "chien"], "chat")[0], rel=0.01
    )


@pytest.mark.parametrize("name", ["terms.u64", "starts.i64", "rows.u32", "counts.u8", LENGTHS, LANGUAGES])
def test_flipped_bits_give_scores_or_are_damage(tmp_path: Path, name: str) -> None:
    """Of a large file, opening checks the size alone."""
    question = "le budget de la culture augmente"
    built(tmp_path, ["le budget augmente", "la culture", "le budget de la culture", "rien"] * 5)
    good, rng, told = (tmp_path / name).read_bytes(), random.Random(3), []
    for _ in range(150):
        bad = bytearray(good)
        bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
        (tmp_path / name).write_bytes(bad)
        try:
            index = LexicalIndex(tmp_path)
            assert np.isfinite(index.scores(question, "fr")).all()
            assert math.isfinite(index.ceiling(question, "fr"))
            assert set(index.languages.tolist()) == {"fr"}
        except IndexDamaged as error:
            told.append(str(error))
    assert all(str(tmp_path) in words and "sourcier index" in words for words in told)
    assert (told != []) == (name in ("starts.i64", "rows.u32", LANGUAGES))
