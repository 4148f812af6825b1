"""Sentences: where they end, and that none of the text gets lost."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.blocks import lines, trimmed
from index.sentences import MAX_SENTENCE, sentences
from index.types import Span

PIECES = [
    "é",
    "e\u0301",
    "👩\u200d🚀",
    "שלום",
    "مرحبا. ",
    "。",
    "\r\n",
    "\n\n",
    "# ",
    "- ",
    "| ",
    "M. ",
    "\ud800",
    "\0",
]
WHITE = ["\ufeff", "\u00a0", "\u2009", "\u202f", "\u200b", "\u2028", "\u202e", "\t", "\r", "\n", " ", "  "]
HOSTILE = st.lists(
    st.one_of(
        st.sampled_from([*PIECES, *WHITE]),
        st.text(alphabet="ab A.!?…«»“”\"'()", max_size=9),
        st.characters(),
    ),
    max_size=120,
).map("".join)


def found(text: str, language: str = "en") -> list[str]:
    return [text[span.start : span.end] for span in sentences(text, language)]


def uncovered(text: str, spans: list[Span]) -> str:
    """The characters outside all spans, in order."""
    outside, end = [], 0
    for span in spans:
        outside.append(text[end : span.start])
        end = max(end, span.end)
    return "".join([*outside, text[end:]])


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        pytest.param("fr", "Selon M. Macron, oui. Non.", ["Selon M. Macron, oui.", "Non."], id="M."),
        pytest.param("fr", "Voir Mme. Petit et le Dr. Roy.", ["Voir Mme. Petit et le Dr. Roy."], id="titles"),
        pytest.param("fr", "J.-P. Roy est là. Fin.", ["J.-P. Roy est là.", "Fin."], id="initials"),
        pytest.param(
            "fr", "L’U.E. paie. Voir p. 12 et no. 4.", ["L’U.E. paie.", "Voir p. 12 et no. 4."], id="p."
        ),
        pytest.param(
            "fr", "Il a 3.5 millions d ‘euros. Bien !", ["Il a 3.5 millions d ‘euros.", "Bien !"], id="3.5"
        ),
        pytest.param("fr", "Vraiment ? Oui ! Fin…", ["Vraiment ?", "Oui !", "Fin…"], id="spaced marks"),
        pytest.param(
            "en",
            "Mr. Smith met Dr. Lee at 5 p.m. there.",
            ["Mr. Smith met Dr. Lee at 5 p.m. there."],
            id="Mr.",
        ),
        pytest.param("en", "You and I. They left.", ["You and I.", "They left."], id="the word I"),
        pytest.param("de", "Am 10. Februar kam er. Gut.", ["Am 10. Februar kam er.", "Gut."], id="ordinal"),
        pytest.param("de", "Im 19. Jahrhundert. Er.", ["Im 19. Jahrhundert.", "Er."], id="century"),
        pytest.param(
            "no", "Den 16. juni kl. 19.33 kom han.", ["Den 16. juni kl. 19.33 kom han."], id="Norwegian"
        ),
        pytest.param("en", "It had 19. Then 20.", ["It had 19.", "Then 20."], id="no ordinals"),
        pytest.param("en", "1. It opens. It closes.", ["1. It opens.", "It closes."], id="item"),
        pytest.param("es", "¿Qué? El Sr. Ruiz vino.", ["¿Qué?", "El Sr. Ruiz vino."], id="Spanish"),
        pytest.param("zh", "你好。今天很好！", ["你好。", "今天很好！"], id="Chinese"),
        pytest.param("ar", "مرحبا. كيف حالك؟ بخير.", ["مرحبا.", "كيف حالك؟", "بخير."], id="Arabic"),
        pytest.param("xx", "One here. Two there.", ["One here.", "Two there."], id="unknown language"),
        pytest.param("", "One here. Two there.", ["One here.", "Two there."], id="no language"),
    ],
)
def test_where_sentences_end(language: str, text: str, expected: list[str]) -> None:
    assert found(text, language) == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
def test_structure_ends_a_sentence(newline: str) -> None:
    text = newline.join(
        [
            "# The fund",
            "It opens",
            "in May",
            "",
            "Menu",
            "Home",
            "- one",
            "- two",
            "> said",
            "| a | b |",
            "=== ",
        ]
    )
    expected = [
        "# The fund",
        f"It opens{newline}in May",
        "Menu",
        "Home",
        "- one",
        "- two",
        "> said",
        "| a | b |",
        "===",
    ]
    assert found(text) == expected


def test_a_wrapped_paragraph_is_read_on() -> None:
    text = (
        "The city council met on Tuesday with\n"
        "President Dupont and with members of\n"
        "Parliament, who were there for M.\n"
        "Macron. A vote was taken at noon.\n"
        "Next year\n"
        "The council meets again in the month of May."
    )
    assert found(text, "fr") == [
        "The city council met on Tuesday with\nPresident Dupont and with members of\n"
        "Parliament, who were there for M.\nMacron.",
        "A vote was taken at noon.",
        "Next year",
        "The council meets again in the month of May.",
    ]


def test_lines_too_long_to_be_wrapped_are_paragraphs() -> None:
    long = "word " * 60 + "end"
    assert found(f"{long}\nlower case begins it\n{long}") == [long, "lower case begins it", long]


def test_a_line_that_is_long_by_its_joined_words_leaves_the_others_wrapped() -> None:
    rows = ["The council of the town met on a cold morning and spoke about"] * 24
    rows[12] = "The council " * 20 + "met"
    assert found("\n".join(rows)) == ["\n".join(rows)]


def test_a_list_of_short_lines_with_a_long_one_is_no_wrapped_paragraph() -> None:
    rows = ["alpha beta gamma"] * 24
    rows[12] = "word " * 50 + "end"
    assert found("\n".join(rows)) == rows


def test_chinese_lines_wrap_at_their_width() -> None:
    rows = ["中" * 30, "文" * 30, "字" * 4 + "。"]
    assert found("\n".join(rows), "zh") == ["\n".join(rows)]


def test_an_endless_sentence_is_cut_at_white_space() -> None:
    text = "abcd " * 1_000
    spans = sentences(text, "en")
    assert [span.end - span.start for span in spans] == [1_999, 1_999, 999]
    assert uncovered(text, spans).strip() == ""


def test_a_cut_keeps_accents_with_their_letter() -> None:
    text = "xe\u0301\u0323" * 1_500
    parts = found(text)
    assert "".join(parts) == text
    assert {part[0] for part in parts} <= {"x", "e"}
    assert max(map(len, parts)) <= MAX_SENTENCE


def test_a_window_never_cuts_a_sentence() -> None:
    sentence = "The number of the beast that nobody knows is written here for all to read."
    text = " ".join([sentence] * 600)  # 45,000 characters on one line: several windows
    assert found(text) == [sentence] * 600


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("a", 1_000_000),
        ("ab cd ef\n", 1_000_000),
        *[(unit, 200_000) for unit in ("« a b. ", "a. b ", "M. A ", "e\u0301", "\u3000。", "(x. ")],
    ],
)
def test_a_megabyte_of_anything_is_read(unit: str, size: int) -> None:
    text = unit * (size // len(unit))
    spans = sentences(text, "fr")
    assert uncovered(text, spans).strip() == ""
    assert max(span.end - span.start for span in spans) <= MAX_SENTENCE


@given(text=HOSTILE, language=st.sampled_from(["en", "fr", "de", "zh", "ar", "hi", "xx"]))
@settings(deadline=None, max_examples=200)
def test_every_character_lies_in_one_trimmed_sentence(text: str, language: str) -> None:
    spans = sentences(text, language)
    assert uncovered(text, spans).strip() == ""
    assert all(one.end <= other.start for one, other in pairwise(spans))
    for span in spans:
        part = text[span.start : span.end]
        assert part == part.strip() != ""


def test_nothing_gives_nothing() -> None:
    assert sentences("", "en") == []
    assert sentences(" \n\t\u2003\r\n", "en") == []


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [("  ab ", 0, 5, Span(2, 4)), ("  ab ", 3, 5, Span(3, 4)), (" \n ", 0, 3, None), ("", 0, 0, None)],
)
def test_trimmed(text: str, start: int, end: int, expected: Span | None) -> None:
    assert trimmed(text, start, end) == expected


def test_lines_of_all_breaks() -> None:
    text = "a\r\nb\rc\nd\u2028\u0085"
    assert [text[row.start : row.end] for row in lines(text)] == ["a", "b", "c", "d", "", ""]


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("fr", "M\u00a0. Dupont a vu le vol.", ["M\u00a0. Dupont a vu le vol."]),
        ("fr", "L'article L\u202f. 123 vaut. Il est long.", ["L'article L\u202f. 123 vaut.", "Il est long."]),
        ("en", "It drew approx. 7,000 people. It rained.", ["It drew approx. 7,000 people.", "It rained."]),
        ("fr", "Elle vaut le 1er janv. 2020 ici.", ["Elle vaut le 1er janv. 2020 ici."]),
        ("en", "hi all. the meeting is on monday. bring it.", ["hi all.", "the meeting is on monday.", "bring it."]),
        ("fr", "Le mardi de 9 h à 13 h. Elle ferme en mai.", ["Le mardi de 9 h à 13 h.", "Elle ferme en mai."]),
        ("de", "Um 5 n. Chr. Geburt war es.", ["Um 5 n. Chr. Geburt war es."]),
        ("en", "(1) Dogs go on a lead. Riding is banned.", ["(1) Dogs go on a lead.", "Riding is banned."]),
        ("de", "(1) Er bellt. Nachts nicht. (2) Er ist zahm.", ["(1) Er bellt.", "Nachts nicht.", "(2) Er ist zahm."]),
        ("de", "Die Norm (EU) 5 gilt. (EU) Recht gilt.", ["Die Norm (EU) 5 gilt.", "(EU) Recht gilt."]),
        ("fr", "Voir t. 3 l. II du code.", ["Voir t. 3 l. II du code."]),
        ("es", "(iv) Es gratis. No abre. (v) Sí.", ["(iv) Es gratis.", "No abre.", "(v) Sí."]),
        ("en", "It closed in 1990. 12 people left.", ["It closed in 1990.", "12 people left."]),
        (
            "de",
            "Der Rat der Stadt beschloss, dass die Halle am Montag, dem\n14. März 2024 eröffnet wird, im Mai.",
            ["Der Rat der Stadt beschloss, dass die Halle am Montag, dem\n14. März 2024 eröffnet wird, im Mai."],
        ),
        (
            "en",
            "The council bought a book of the writer who is known as J. R.\nR. Tolkien, which it gave away.",
            ["The council bought a book of the writer who is known as J. R.\nR. Tolkien, which it gave away."],
        ),
        (
            "en",
            "What we all need in the house when the winter comes to us again\n1. Apples\n2. Pears",
            ["What we all need in the house when the winter comes to us again", "1. Apples", "2. Pears"],
        ),
    ],
)  # fmt: skip
def test_what_only_looks_like_an_end(language: str, text: str, parts: list[str]) -> None:
    assert [text[one.start : one.end] for one in sentences(text, language)] == parts


@given(
    st.text(alphabet="Ma. \u00a0\u202f\u2009é1(\n", max_size=30),
    st.sampled_from(["en", "fr", "de", "es", "pl"]),
)
@settings(deadline=None)
def test_white_space_of_any_kind_breaks_nothing(text: str, language: str) -> None:
    said = "".join(text[one.start : one.end] for one in sentences(text, language))
    assert "".join(said.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It stood at -20 °C. The trial ran.", "en"),
        ("كان الاجتماع طويلًا جدًا. حضر الوزير أيضًا.", "ar"),
        (unicodedata.normalize("NFD", "Les députés étaient pressés. Le maire est venu."), "fr"),
        (
            "Name: Anna Keller; City: Bern; Salary: 182000\nName: Luca Bianchi; City: Lugano; Salary: 96500",
            "en",
        ),
        ("Station: Wildegg; Canton: Bern; Rainfall 2023 (mm): 1466\nName; Role; Since", "en"),
        (
            "Director of the board: Katrin Moller of Ghent\nBudget of the year 2024: 1.8 million euros",
            "en",
        ),
    ],
)
def test_two_sentences_stay_two(text: str, language: str) -> None:
    assert len(sentences(text, language)) == 2


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        (
            "en",
            "The council counted the ships in the harbour and found that there were\n"
            "25. In the following year the number of ships in the harbour fell to\n20, as many had left.",
            [
                "The council counted the ships in the harbour and found that there were\n25.",
                "In the following year the number of ships in the harbour fell to\n20, as many had left.",
            ],
        ),
        (
            "de",
            "Die Stadt wurde nach langen Verhandlungen erst am Ende des\n19. Jahrhunderts an das Netz angeschlossen.",
            ["Die Stadt wurde nach langen Verhandlungen erst am Ende des\n19. Jahrhunderts an das Netz angeschlossen."],
        ),
        (
            "de",
            "Die Mannschaft verlor nach einem langen und harten Spiel gegen den\n1. FC Köln. Danach stieg sie ab.",
            ["Die Mannschaft verlor nach einem langen und harten Spiel gegen den\n1. FC Köln.", "Danach stieg sie ab."],
        ),
        (
            "en",
            "The rule is set out in the act of the year 1990, in section 4\n(d) of it, and nowhere else.",
            ["The rule is set out in the act of the year 1990, in section 4\n(d) of it, and nowhere else."],
        ),
        (
            "en",
            "The council said – and the mayor agreed with it on all points\n– that it would be closed.",
            ["The council said – and the mayor agreed with it on all points\n– that it would be closed."],
        ),
        (
            "en",
            "What we all need in the house when the winter comes to us again\n1. Apples of any kind.\n\n2. Pears.",
            ["What we all need in the house when the winter comes to us again", "1. Apples of any kind.", "2. Pears."],
        ),
        (
            "en",
            "A Study of the Harbours of the Northern Coast in the Winter\n1. Introduction\nThere are many of them.",
            [
                "A Study of the Harbours of the Northern Coast in the Winter",
                "1. Introduction",
                "There are many of them.",
            ],
        ),
        (
            "en",
            "The letter was signed by the mayor and also by one Mr. J.\nA. Smith, who had lived in the town.",
            ["The letter was signed by the mayor and also by one Mr. J.\nA. Smith, who had lived in the town."],
        ),
    ],
)  # fmt: skip
def test_a_wrapped_line_that_begins_as_an_item_does_is_read_on(
    language: str, text: str, parts: list[str]
) -> None:
    assert found(text, language) == parts


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("es", "Costó aprox. 12 millones. Fue en la Av. 9.", ["Costó aprox. 12 millones.", "Fue en la Av. 9."]),
        ("en", "See Figs. 3 and 4, Eq. 5 and para. 6. It was sent. 12 came.",
         ["See Figs. 3 and 4, Eq. 5 and para. 6.", "It was sent.", "12 came."]),
        ("fr", "Le 3 avr. 2020, il vit à l'est. 12 ans après, il part.",
         ["Le 3 avr. 2020, il vit à l'est.", "12 ans après, il part."]),
        ("it", "Cass. civ., sez. I, sent. 45 e nn. 3 e 4.", ["Cass. civ., sez. I, sent. 45 e nn. 3 e 4."]),
        ("de", "Es kostet 5 Euro zzgl. MwSt. und die Fa. Meyer liefert.",
         ["Es kostet 5 Euro zzgl. MwSt. und die Fa. Meyer liefert."]),
        ("en", "It cost 5 million in 2014.¹ The office was shut.",
         ["It cost 5 million in 2014.¹", "The office was shut."]),
        ("en", "It opened in May. , and shut in June.", ["It opened in May. , and shut in June."]),
        ("en", "The whole of it is as follows\n400\n500\nmillion",
         ["The whole of it is as follows", "400", "500", "million"]),
    ],
)  # fmt: skip
def test_abbreviations_notes_and_figures_stay_with_their_sentence(
    language: str, text: str, parts: list[str]
) -> None:
    assert found(text, language) == parts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "The reason was simple: the main pump had failed on Monday and nobody had\n"
            "noticed it in time: the alarm was off and the night shift had gone home early.",
        ),
        (
            "de",
            "Der Vorstand hat beschlossen: Die Beiträge steigen im kommenden Jahr um zwei\n"
            "Prozent: Das gilt für alle Mitglieder, auch für jene, die erst im Mai beitreten.",
        ),
        (
            "en",
            "The contract between the two companies was signed by all parties in the year\n1998\nand ended in 2004.",
        ),
        (
            "en",
            "The treaty has three parts, of which the first was written at the conference in\n(1998)\nby the hosts.",
        ),
    ],
)
def test_a_wrapped_sentence_with_colons_or_a_figure_alone_is_one(language: str, text: str) -> None:
    assert found(text, language) == [text]


@pytest.mark.parametrize(
    "rows",
    [
        ["name: Ada Lovelace, who was the daughter of Lord Byron and of his wife, in London", "name: Ben"],
        ["username: ada", "password: secret", "server: mail.example.org of the town of Ghent"],
        ["Address: 12 Long Street, behind the old mill, Ghent, Belgium, second floor", "Phone: 5", "Fax: 6"],
        ["The sum of the accounts of the harbour and of the town for both of the years", "1998", "Harbour"],
        ["The sum of the accounts of the harbour.", "1998", "and all of the sums of the town after it"],
    ],
)
def test_fields_and_figures_stay_apart(rows: list[str]) -> None:
    assert found("\n".join(rows)) == rows


@pytest.mark.parametrize(
    ("above", "item", "below"),
    [
        ("The applicant has to send all of the following papers to the office in the town",
         "1. The signed form.", "All of them must arrive by the first of May at noon."),
        ("The following documents are required for the application and must be attached",
         "1. a copy of the passport of the applicant.", "Please send them within two weeks."),
        ("We shall deliver the goods that were ordered to the address that is given below",
         "a) within ten days of the order.", "The customer shall pay the price after it."),
        ("We have several things to buy for the party on Saturday evening, namely the",
         "- bread and butter for all of us here.", "And then we go home."),
        ("The mayor said – and all of the council agreed – that the harbour would be closed",
         "- The harbour of the town in the north.", "It was closed in May."),
    ],
)  # fmt: skip
def test_a_lone_item_of_a_list_is_not_read_on_to(above: str, item: str, below: str) -> None:
    assert found("\n".join([above, item, below])) == [above, item, below]


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "The call starts at 9 a.m. EST. I will join.", 2),
        ("en", "The meeting is at 5 pm EST. 12 people come.", 2),
        ("en", "It was built est. 1990 and burnt.", 1),
        ("en", "It costs 5 at max. I paid it.", 2),
        ("en", "It is in ch. II of the book.", 1),
        ("it", "Lo dice il cap. I del libro.", 1),
    ],
)
def test_a_small_word_before_a_figure_is_an_abbreviation(language: str, text: str, count: int) -> None:
    assert len(found(text, language)) == count


def test_an_item_among_many_blank_lines_is_found_soon() -> None:
    began = perf_counter()
    line = "word " * 14 + "and\n13) x y z " + "q " * 24 + "end.\n"
    found(("\n" * 1_900 + line) * 60)
    assert perf_counter() - began < 5
