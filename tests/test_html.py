"""Fragments of the page: every source's text is text, every mark stands where the offsets say."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import html, replyview
from assistant.place import Place, digest
from assistant.render import count
from assistant.types import Answer, Citation, IndexState, PassageUse, Reply
from assistant.whyview import explained
from index.types import Document, Hit, Passage, Section, Span

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> ${1+1} {{value}} {{{value}}} `x` "
    '<a href="javascript:alert(1)">a</a> [m](javascript:alert(1)) ![i](http://evil.example/i.png) '
    '" onmouseover="alert(1) \' &amp; <!-- --> ]]> </mark></div>'
)
STATE = IndexState("g", 1, 2, "bag", "2026-01-02T03:04:05+00:00")


class Seen(HTMLParser):
    """Collects the tags, attributes and text that a browser would see."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.marked: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")
        self._open.append(f"{tag}.{dict(attrs).get('class') or ''}")

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        for key in self._open:
            self.marked[key] = self.marked.get(key, "") + data


def document(text: str, **other: object) -> Document:
    base: dict[str, object] = {
        "path": "a.txt", "kind": "txt", "text": text, "title": "A", "language": "en",
        "source_sha256": "0" * 64, "text_sha256": "1" * 64,
    }  # fmt: skip
    return Document(**{**base, **other})  # type: ignore[arg-type]


def citation(quote: str, start: int, end: int, **other: object) -> Citation:
    base: dict[str, object] = {
        "number": 1, "document": "a.txt", "title": "A", "language": "fr", "page": None, "start": start, "end": end,
        "quote": quote, "quote_start": 0, "quote_end": len(quote), "prefix": "", "suffix": "",
        "source_sha256": "0" * 64, "text_sha256": "1" * 64,
    }  # fmt: skip
    return Citation(**{**base, **other})  # type: ignore[arg-type]


def use(text: str, used: bool, rank: int = 1, path: str = "a.txt") -> PassageUse:
    return PassageUse(Hit(Passage(path, 0, len(text), text, "en"), rank, 0.5, 0.75, 0.25), used)


def reply(*answers: Answer, passages: tuple[PassageUse, ...] = (), reason: str = "") -> Reply:
    status = "answered" if answers else "refused"
    return Reply("q", ("q",), status, reason, answers, passages, STATE, "en")


def test_hostile_text_stays_text_everywhere() -> None:
    quote = HOSTILE
    cited = citation(quote, 2, 9, document=HOSTILE + ".txt", title=HOSTILE, language='en"><b>')
    said = reply(Answer(quote[2:9], 0.9, (cited,)), passages=(use(HOSTILE, True, path=HOSTILE),))
    told = replyview.reply(said, "en") + explained(said, "en")
    markup = html.turn(1, HOSTILE, told + html.card(HOSTILE, html.paragraph(HOSTILE)), "en")
    seen = Seen(markup)
    assert set(seen.tags) == {
        "article", "h2", "span", "section", "blockquote", "mark", "ul", "li", "button", "b", "bdi", "div",
        "details", "summary", "ol", "p", "h3", "svg", "path",
    }  # fmt: skip
    assert not [name for name in seen.attributes if name.startswith("on") or name in ("href", "src", "style")]
    assert seen.text.count("<script>alert(1)</script>") == 8


def test_a_disagreement_is_said_above_the_answers() -> None:
    one = Answer("deux", 0.9, (citation("C'est deux.", 6, 10),))
    two = Answer("trois", 0.73, (citation("C'est trois.", 6, 11, number=2),))
    markup = replyview.reply(replace(reply(one, two), disagreement=(1, 2)), "en")
    seen = Seen(markup)
    assert seen.marked["p.disagree"] == "The sources disagree: [1], [2] cannot all be right."
    assert markup.index("disagree") < markup.index("blockquote")
    assert "estimated chance of being right: 73 %" in seen.attributes["title"]
    assert "p.disagree" not in Seen(replyview.reply(reply(one, two), "en")).marked


def test_the_closest_statement_is_shown_as_none_of_the_answers() -> None:
    cited = citation(HOSTILE, 0, len(HOSTILE), document="b.txt")
    near = Answer(HOSTILE, 0.2, (cited,))
    seen = Seen(replyview.reply(replace(reply(reason="No."), refusal="uncertain", closest=near), "en"))
    assert seen.marked["blockquote."] == HOSTILE
    assert "section.answer" not in seen.marked
    assert "The closest statement, which is not an answer:" in seen.text
    assert seen.marked["h3."] == "No sure answer"
    assert Place.of_citation(cited).to_json() in seen.attributes["data-place"]
    assert Seen(replyview.reply(replace(reply(reason="No."), refusal="related"), "en")).marked["h3."] == (
        "Not in the sources"
    )


@pytest.mark.parametrize("char", ["\u202e", "\u202a", "\u2066", "\u2069", "\x00", "\x1b", "\ud800"])
def test_controls_and_overrides_are_shown_and_obeyed_by_none(char: str) -> None:
    for markup in (html.name(f"a{char}b"), html.text(f"a{char}b")):
        assert char not in markup
        assert "a" in markup
        assert "b" in markup
        markup.encode("utf-8")
    assert html.name("x") == "<bdi>x</bdi>"


def test_line_breaks_are_kept_in_text_and_shown_in_names() -> None:
    assert html.text("a\r\nb\rc\fd\ne") == "a\nb\nc\nd\ne"
    assert html.name("a\nb") == "<bdi>a␊b</bdi>"


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=60), st.data())
def test_a_window_is_the_documents_text_with_the_marks_at_their_offsets(
    text: str, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=6, max_size=6)))
    low, quote_start, start, end, quote_end, high = cuts
    place = Place("a.txt", Span(quote_start, quote_end), Span(start, end), "")
    seen = Seen(html.window(document(text), low, high, place, "en"))
    shown = _shown(text[low:high])
    assert seen.text == shown or "\r\n" in text
    if "\r" not in text:
        assert seen.marked.get("mark.quote span", "") == _shown(text[start:end])
        outside = text[quote_start:start] + text[end:quote_end]
        assert seen.marked.get("mark.quote", "") == _shown(outside)


def _shown(text: str) -> str:
    parsed = Seen(html.text(text))
    return parsed.text


def test_a_window_that_ends_inside_the_quote_marks_its_part() -> None:
    place = Place("a.txt", Span(2, 8), Span(4, 6), "")
    assert html.window(document("0123456789"), 5, 10, place, "en") == (
        '<mark class="quote span" data-at="5">5</mark><mark class="quote" data-at="6">67</mark>'
        '<span data-at="8">89</span>'
    )
    assert html.window(document("0123456789"), 0, 3, place, "en") == (
        '<span data-at="0">01</span><mark class="quote" data-at="2">2</mark>'
    )


def test_lines_that_an_editor_wrapped_are_told_from_those_that_were_meant() -> None:
    long = "This line goes on until there is no room left for the next"
    wrapped = f'<span data-at="0">{long}<span class="wrap">\n</span>word.\n\nShort\nline\n- item\n</span>'
    assert html.window(document(f"{long}\nword.\n\nShort\nline\n- item\n"), 0, 200, None, "en") == wrapped
    for after in ("- item", "1. item", "# heading", " indented", "\n", "| cell"):
        assert "wrap" not in html.window(document(f"{long}\n{after}"), 0, 200, None, "en")
    assert Seen(html.window(document(f"{long}\r\nword"), 0, 200, None, "en")).text == f"{long}\nword"


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "jsonl"])
def test_a_row_is_a_line_of_its_own(kind: str) -> None:
    rows = "Name of the ship and its owner in full; tonnage; harbour of origin\nAda; 700; Brest\n"
    assert "wrap" in html.window(document(rows), 0, len(rows), None, "en")
    assert "wrap" not in html.window(document(rows, kind=kind), 0, len(rows), None, "en")


def test_a_field_is_a_line_of_its_own_in_any_document() -> None:
    form = f"Purpose of the society: {'to keep the old harbour open ' * 2}\nDirector: Ada Lovelace, of Marylebone\n"
    page = document(form, kind="docx")
    assert "wrap" not in html.window(page, 0, len(form), None, "en")
    name = form.index("Ada")  # a quote that begins inside the field changes nothing
    place = Place("a.txt", Span(name, name + 3), Span(name, name + 3), "")
    assert "wrap" not in html.window(page, 0, len(form), place, "en")


def test_front_matter_is_shown_line_by_line() -> None:
    front = f"---\nsummary: {'a long line about the harbour ' * 3}\ntags:\n- ship\n---\n"
    body = f"\n{'This line goes on until there is no room left for the next'}\nword.\n"
    note = document(front + body, kind="md")
    assert "wrap" not in html.window(note, 0, len(front), None, "en")
    assert html.window(note, 0, len(note.text), None, "en").count("wrap") == 1


def test_a_passage_is_marked_lightly_and_a_window_without_a_place_not_at_all() -> None:
    place = Place.of_passage(Passage("a.txt", 2, 4, "23", "en"))
    assert html.window(document("012345"), 0, 6, place, "en") == (
        '<span data-at="0">01</span><mark class="quote" data-at="2">23</mark><span data-at="4">45</span>'
    )
    assert html.window(document("012345"), 0, 6, None, "en") == '<span data-at="0">012345</span>'


def test_pages_are_announced_where_they_begin_even_inside_the_quote() -> None:
    sections = (Section("1", 0, 3), Section("2", 3, 6))
    place = Place("a.pdf", Span(2, 5), Span(2, 4), "")
    markup = html.window(document("abcdef", kind="pdf", sections=sections), 0, 6, place, "fr")
    seen = Seen(markup)
    assert seen.attributes["data-page"] == ["page 1", "page 2"]
    assert seen.text == "abcdef"
    assert markup.index('data-page="page 2"') > markup.index(">c<")


@settings(deadline=None, max_examples=100)
@given(st.text(), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_places_survive_the_way_through_the_page(path: str, start: int, more: int, rest: int) -> None:
    place = Place(path, Span(start, start + more + rest), Span(start, start + more), digest(path))
    written = place.to_json()
    assert written.isascii()
    assert Place.from_json(json.loads(written)) == place


def test_a_path_of_undecodable_bytes_survives_too() -> None:
    place = Place("caf\udce9.txt", Span(0, 1), Span(0, 0), "")
    assert Place.from_json(json.loads(place.to_json())) == place


@pytest.mark.parametrize(
    "data",
    [None, {}, [], "x", ["a", 1, 2, 3, 4], ["a", -1, 2, 0, 0, "c"], ["a", 0, 2, 1, 3, "c"], ["a", 0, 2, 2, 1, "c"],
     [1, 0, 1, 0, 1, "c"], ["a", "0", 1, 0, 1, "c"]],
)  # fmt: skip
def test_what_is_no_place_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="not a place"):
        Place.from_json(data)


def test_an_answer_shows_its_sentence_its_span_and_where_it_stands() -> None:
    quote = "Il a coûté dix millions."
    cited = citation(
        quote,
        11,
        23,
        page=3,
        unit="page",
        place="3",
        title="Le pont",
        document="pont.pdf",
        offsets="extracted",
    )
    seen = Seen(replyview.reply(reply(Answer(quote[11:23], 0.95, (cited,))), "en"))
    assert seen.marked["blockquote."] == quote
    assert seen.marked["mark."] == "dix millions"
    assert seen.marked["button.cite"] == "[1] Le pont"
    for fact in ("pont.pdf", "page 3", "extracted text", "high confidence"):
        assert fact in seen.text
    assert seen.attributes["data-language"] == ["fr"]
    [copied] = seen.attributes["data-copy"]
    assert copied.startswith("> Il a coûté **dix millions**.")
    [pasted] = seen.attributes["data-rich"]
    assert pasted == (
        '<blockquote lang="fr" dir="auto">Il a coûté <b>dix millions</b>.</blockquote>'
        f"<p>[1] Le pont (pont.pdf, page 3, characters 11-23 of its extracted text; SHA-256 {cited.source_sha256})</p>"
    )
    [place] = seen.attributes["data-place"]
    assert Place.from_json(json.loads(place)) == Place(
        "pont.pdf", Span(0, len(quote)), Span(11, 23), digest(quote)
    )


def test_all_passages_are_listed_with_their_scores_and_use() -> None:
    passages = (use("first passage", True), use("second passage", False, rank=2))
    quote = "first passage"
    said = reply(Answer("first", 0.7, (citation(quote, 0, 5),)), passages=passages)
    seen = Seen(replyview.reply(said, "en") + explained(said, "en"))
    assert "2 passages found, 1 used" in seen.text
    assert seen.attributes["class"].count("used") == 1
    assert seen.attributes["class"].count("unused") == 1
    assert "score 0.50meaning 0.75, words 0.25" in seen.text
    assert len(seen.attributes["data-place"]) == 3


def test_a_refusal_gives_its_reason_and_the_three_closest() -> None:
    passages = tuple(use(f"passage {n}", False, rank=n) for n in (4, 2, 1, 3))
    said = reply(passages=passages, reason="Die Quellen sagen <nichts>.")
    closest = Seen(replyview.reply(said, "fr"))
    assert "Die Quellen sagen <nichts>." in closest.text
    assert closest.text.count("non retenu") == 3
    assert [n for n in (1, 2, 3, 4) if f"passage {n}" in closest.text] == [1, 2, 3]
    assert "4 passages trouvés, 0 retenu" in Seen(explained(said, "fr")).text


def test_a_refusal_without_any_passage_is_short() -> None:
    said = reply(reason="Nothing.")
    seen = Seen(replyview.reply(said, "en") + explained(said, "en"))
    assert "details" not in seen.tags
    assert "ol" not in seen.tags


def test_a_reading_other_than_the_question_is_shown() -> None:
    said = reply(reason="-")
    bent = Reply("why?", ("why <b>", "why?"), "refused", "-", (), (), STATE, "en")
    assert Seen(replyview.reply(bent, "en")).marked["p.reading"] == "Read as: why <b>"
    assert "reading" not in replyview.reply(said, "en")


@pytest.mark.parametrize(
    ("n", "language", "expected"),
    [(0, "en", "0 documents"), (1, "en", "1 document"), (2, "en", "2 documents"),
     (0, "fr", "0 document"), (1, "fr", "1 document"), (2, "fr", "2 documents")],
)  # fmt: skip
def test_counts_agree_with_the_language(n: int, language: str, expected: str) -> None:
    assert count("page_documents", n, language) == expected


def test_the_viewer_names_the_document_and_its_language() -> None:
    assert Seen(html.document_facts(document("x", path="a/b.txt"), "en")).text == "a/b.txten"
    assert "extracted text" in html.document_facts(document("x", kind="pdf"), "en")


def test_the_viewer_shows_what_a_document_says_of_itself_and_links_none_of_it() -> None:
    told = document(
        "x", path="a.md", author="Ada <b>", date="2025", address="https://a.example/?<x>", tags=("law", "<i>")
    )
    shown = Seen(html.document_facts(told, "en"))
    assert shown.text == "a.mdAda <b>2025https://a.example/?<x>law, <i>en"
    assert "<a" not in html.document_facts(told, "en")
    assert '<time datetime="2025">2025</time>' in html.document_facts(told, "en")


def test_the_other_files_of_a_citation_are_listed_by_name() -> None:
    cited = citation("C'est deux.", 6, 10, copies=("b.txt", f"{HOSTILE}\u202e.txt"))
    seen = Seen(replyview.reply(reply(Answer("deux", 0.9, (cited,))), "en"))
    assert seen.marked["details.copies"] == f"also in 2 other filesb.txt{HOSTILE}⟨U+202E⟩.txt"
    alone = Seen(replyview.reply(reply(Answer("deux", 0.9, (citation("C'est deux.", 6, 10),))), "en"))
    assert "details.copies" not in alone.marked
