"""Follow-ups whose readings were bent into nonsense once, and what they are taken to mean."""

from __future__ import annotations

import pytest

from assistant.followup import readings, turn_of
from assistant.nouns import group_end, verb_start
from assistant.topic import names
from assistant.types import IndexState, Reply, Turn
from prompts import followup_words


def read(last: str, question: str, answer: str = "") -> list[str]:
    return [one.text for one in readings(question, [Turn(last, answer)])][1:-1]  # neither alone nor joined


@pytest.mark.parametrize(
    ("last", "question", "meant"),
    [
        (
            "How much will the renovation of the swimming pool cost?",
            "When was it built?",
            ["When was the renovation of the swimming pool built?", "When was the swimming pool built?"],
        ),
        ("When does the city museum open?", "Who runs it?", ["Who runs the city museum?"]),
        ("How much did the salt battery cost in 2023?", "Who made it?", ["Who made the salt battery?"]),
        (
            "When was the stone tower of the lighthouse built?",
            "Who designed it?",
            ["Who designed the stone tower of the lighthouse?", "Who designed the lighthouse?"],
        ),
        (
            "Combien d'enfants l'école maternelle accueillera-t-elle ?",
            "Et quand ouvrira-t-elle ?",
            ["Quand ouvrira l'école maternelle?"],
        ),
        (
            "Quand est-ce que la piscine municipale ouvre ?",
            "Qui la dirige ?",
            ["Qui dirige la piscine municipale?"],
        ),
    ],
)
def test_a_topic_ends_before_the_verb(last: str, question: str, meant: list[str]) -> None:
    assert read(last, question) == meant


@pytest.mark.parametrize(
    ("language", "text", "group", "verb"),
    [
        ("en", "By how much does the annual rent rise", "the annual rent", "rise"),
        ("en", "What is the maximum speed", "the maximum speed", None),
        ("en", "Who is the retired mayor of Harwick", "the retired mayor", None),
        ("en", "When does the pool open", "the pool", "open"),
        ("en", "Does the pool", "the pool", None),
        ("fr", "Quand ouvre la piscine municipale", "la piscine municipale", None),
        ("fr", "Quand l'école maternelle ouvrira-t-elle", "l'école maternelle", "ouvrira-t-elle"),
        ("de", "Wann öffnet das neue Museum in Lindach", "das neue Museum", None),
        ("es", "Cuándo abre el museo municipal de Lugo", "el museo municipal", None),
    ],
)
def test_the_thing_behind_an_article_ends_before_a_preposition_and_the_verb(
    language: str, text: str, group: str, verb: str | None
) -> None:
    words, start = followup_words(language), text.index(group)
    assert text[start : group_end(text, start, words)] == group
    at = verb_start(text, start, words)
    assert (text[at:] if at is not None else None) == verb


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("fr", "Que compte l'hôpital Sainte-Anne ? Qui le dirige? En 2021, combien ?", ["Sainte-Anne"]),
        ("es", "¿Quién es el alcalde de Lugo? ¿La secretaria?", ["Lugo"]),
        ("es", "¿Quién es el alcalde de Lugo? Secretaria?", ["Lugo"]),
        ("en", "Where is it, in Lyon? And Paris too", ["Lyon", "Paris"]),
        ("de", "Anwesend war Dr. Vogel.", ["Dr", "Vogel"]),
    ],
)
def test_a_word_that_is_large_at_the_start_of_any_sentence_is_no_name(
    language: str, text: str, named: list[str]
) -> None:
    assert names(text, language) == named


def replied(question: str, *meant: str) -> Reply:
    state = IndexState("g", 1, 1, "m", "2026-01-01T00:00:00Z")
    return Reply(question, meant, "refused", "", (), (), state, "en")


def test_later_questions_lean_on_no_two_sentences_that_were_joined() -> None:
    joined = "How many beds has Lyon? Who runs it?"
    assert (
        turn_of(replied("Who runs it?", joined, "Who runs it?", "Who runs Lyon?")).question
        == "Who runs Lyon?"
    )
    assert turn_of(replied("Who runs it?", joined, "Who runs it?")).question == "Who runs it?"
    asked = "I live in Lyon. Who runs it?"
    assert turn_of(replied(asked, asked)).question == asked
    assert (
        turn_of(replied("And Dr. Vogel?", "Where is Dr. Vogel?", "And Dr. Vogel?")).question
        == "Where is Dr. Vogel?"
    )


def test_a_question_that_looks_back_names_no_topic_by_its_other_words() -> None:
    history = [Turn("When did the pool open?", ""), Turn("When does it take place?", "")]
    assert readings("Is it large?", history)[1].text == "Is the pool large?"


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("When does it take place?", ["When does Lyon take place?"]),
        ("Where did it take off?", ["Where did Lyon take off?"]),
        ("How long does it last?", ["How long does Lyon last?"]),
        ("How long does it take to recover from the flu?", []),
        ("Why did it take so long to sign the treaty?", []),
        ("What does it take to become a pilot?", []),
    ],
)
def test_it_leans_where_it_takes_place_but_not_where_it_takes_time(question: str, meant: list[str]) -> None:
    assert read("What is Lyon?", question) == meant


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Wie viele Besucher hat es?", ["Wie viele Besucher hat Museum?"]),
        ("Wie viele neue Besucher hat es 2023 gehabt?", ["Wie viele neue Besucher hat Museum 2023 gehabt?"]),
        ("Wie viele Schüler haben ihre Prüfung bestanden?", []),
        ("Wie viele Menschen verloren ihr Leben?", []),
        ("Wie viele Kinder wissen, was sie werden wollen?", []),
        ("Wie viele Parteien gibt es?", []),
        ("Wie viele Tote gab es in Lyon?", []),
        ("Wie viele Verletzte hat es in Lyon gegeben?", []),
        ("Wie viele Jahre dauert es, ein Haus zu bauen?", []),
        ("Wie viele Minuten dauert es bis Lyon?", []),
        ("Wie viel Uhr ist es in Lyon?", []),
        ("Wie viel Geld kostet es, ein Haus zu bauen?", []),
        ("Wie lange dauert es?", ["Wie lange dauert Museum?"]),
    ],
)
def test_in_german_what_is_counted_is_no_pronoun_of_its_own(question: str, meant: list[str]) -> None:
    assert read("Wo liegt das Museum?", question) == meant


@pytest.mark.parametrize(
    ("last", "question", "meant"),
    [
        ("Wie viele Besucher hat das Museum?", "Wie viele Räume hat es?", "Wie viele Räume hat Museum?"),
        ("Wie viele Brücken hat Lyon?", "Wann wurden sie gebaut?", "Wann wurden Brücken gebaut?"),
    ],
)
def test_what_was_counted_is_first_meant_only_by_what_may_stand_for_several(
    last: str, question: str, meant: str
) -> None:
    assert read(last, question)[0] == meant


@pytest.mark.parametrize(
    ("last", "question", "meant"),
    [
        (
            "Wer leitet Lund?",
            "Und das Museum, was kostet der Eintritt?",
            "Das Museum, was kostet der Eintritt?",
        ),
        ("Wer leitet Lund?", "Und das Museum, wann öffnet es?", "Wann öffnet das Museum?"),
        ("Who runs Lund?", "And in Lyon, who designed the bridge?", "In Lyon, who designed the bridge?"),
        ("Who runs Lund?", "And in 1990, who ran it?", "In 1990, who ran Lund?"),
        ("Who runs Lund?", "And today, who runs it?", "Today, who runs Lund?"),
        ("Qui dirige Lund ?", "Et la maternité, quand ouvre-t-elle ?", "Quand ouvre la maternité?"),
        ("Qui dirige Lund ?", "Et en 2021, combien de patients ?", "En 2021, combien de patients Lund?"),
        ("¿Quién dirige Lund?", "¿Y el museo, cuándo abre?", "El museo, cuándo abre?"),
        ("Who runs Lund?", "And the Sunday market, when does it open?", "When does the Sunday market open?"),
        ("Qui dirige Lund ?", "Et le Jour de Lyon, quand paraît-il ?", "Quand paraît le Jour de Lyon?"),
    ],
)
def test_what_a_comma_parts_from_a_question_is_its_topic(last: str, question: str, meant: str) -> None:
    assert read(last, question) == [meant]


@pytest.mark.parametrize(
    ("last", "question", "meant"),
    [
        ("Who runs Lund?", "And on Sundays, who runs it?", "On Sundays, who runs Lund?"),
        ("Who runs Lund?", "And the following year, who ran it?", "The following year, who ran Lund?"),
        (
            "Quand ouvre la piscine municipale ?",
            "Et le dimanche, quand ouvre-t-elle ?",
            "Le dimanche, quand ouvre la piscine municipale?",
        ),
        ("Où est la tour ?", "Et la nuit, qui la garde ?", "La nuit, qui garde la tour?"),
        (
            "Où est la fabrique ?",
            "Et l'an dernier, combien d'ouvriers avait-elle ?",
            "L'an dernier, combien d'ouvriers avait la fabrique?",
        ),
        ("Wer leitet Lund?", "Und letztes Jahr, wer leitete es?", "Letztes Jahr, wer leitete Lund?"),
        (
            "¿Cuándo abre la piscina municipal?",
            "¿Y los domingos, cuándo abre?",
            "Los domingos, cuándo abre la piscina municipal?",
        ),
        (
            "¿Cuándo abrió la fábrica?",
            "¿Y el año pasado, cuántos obreros tenía?",
            "El año pasado, cuántos obreros tenía la fábrica?",
        ),
    ],
)
def test_a_time_before_a_comma_is_no_topic(last: str, question: str, meant: str) -> None:
    assert read(last, question)[0] == meant


def test_no_topic_stands_behind_a_question_that_lacks_none() -> None:
    assert read("When did the factory burn?", "And tomorrow, what happens?") == []


@pytest.mark.parametrize(
    ("last", "answer", "question", "meant"),
    [
        ("Who led the expedition to Mount Kharum?", "", "When did he die?", []),
        ("Where is the Kessler factory?", "", "When did she found it?", []),
        ("How many people live in Lyon?", "", "When was he born?", []),
        ("What is the University of Lyon?", "", "Who is his wife?", []),
        ("Where was Abel Tasman born?", "Lutjegast", "When did he die?", ["When did Abel Tasman die?"]),
        (
            "Who designed the Orvel bridge?",
            "Helena Brandl",
            "When was she born?",
            ["When was Helena Brandl born?"],
        ),
        ("Who is Rebecca Hall?", "", "When was she born?", ["When was Rebecca Hall born?"]),
        (
            "Who is the director of the museum?",
            "",
            "When was she born?",
            ["When was the director of the museum born?"],
        ),
        ("Where is Mount Kharum?", "", "How high is it?", ["How high is Mount Kharum?"]),
        (
            "What did Mary Bridge write?",
            "Poems",
            "When was she born?",
            ["When was Mary Bridge born?", "When was Poems born?"],
        ),
        ("When did John Street open his shop?", "1920", "Where did he die?", ["Where did John Street die?"]),
        ("When did the Tower Bridge open?", "", "When was he born?", []),
    ],
)
def test_he_and_she_are_no_place_and_no_thing(
    last: str, answer: str, question: str, meant: list[str]
) -> None:
    assert read(last, question, answer) == meant


def test_who_she_is_is_looked_for_further_back() -> None:
    history = [Turn("Who is the mayor?", "Eleanor Marsh"), Turn("How many live in Lyon?", "5")]
    assert readings("When was she born?", history)[1].text == "When was Eleanor Marsh born?"


@pytest.mark.parametrize(
    ("last", "question", "meant"),
    [
        (
            "Who is the deputy mayor of Harwick?",
            "What about the treasurer?",
            ["Who is the treasurer of Harwick?"],
        ),
        (
            "By how much does the annual rent rise?",
            "And the deposit?",
            ["By how much does the deposit rise?"],
        ),
        ("Who runs the city museum?", "And the public library?", ["Who runs the public library?"]),
        (
            "Who is the artistic director of the festival?",
            "And the press officer?",
            [
                "Who is the press officer of the festival?",
                "Who is the artistic director of the press officer?",
            ],
        ),
        (
            "When was the stone tower of the lighthouse built?",
            "And the wooden one?",
            [
                "When was the wooden tower of the lighthouse built?",
                "When was the stone tower of the wooden lighthouse built?",
            ],
        ),
        ("Who wrote the book?", "And the red one?", ["Who wrote the red book?"]),
        (
            "What is the annual rent?",
            "And the monthly?",
            ["What is the monthly rent?", "What is the monthly?"],
        ),
        (
            "How much does a child pay for a single ferry ticket?",
            "And a return ticket?",
            [
                "How much does a child pay for a return ticket?",
                "How much does a return ticket pay for a single ferry ticket?",
            ],
        ),
        ("What is Esther Mbeki's salary?", "And Farid Haddad's?", ["What is Farid Haddad's salary?"]),
        ("Wie viel kostet die neue Kläranlage?", "Und das Museum?", ["Wie viel kostet das Museum?"]),
        (
            "Wie viel kostet die neue Kläranlage?",
            "Und die alte?",
            ["Wie viel kostet die alte Kläranlage?", "Wie viel kostet die alte?"],
        ),
        (
            "Quand ouvre la piscine municipale ?",
            "Et la médiathèque ?",
            ["Quand ouvre la médiathèque ?", "Quand ouvre la médiathèque municipale ?"],
        ),
        ("Combien la région a payé ?", "Et la commune ?", ["Combien la commune a payé ?"]),
        (
            "Quel est le prix du billet simple ?",
            "Et du billet retour ?",
            ["Quel est le prix du billet retour ?", "Quel est du billet retour du billet simple ?"],
        ),
        (
            "¿Cuándo abre el museo municipal?",
            "¿Y la biblioteca?",
            ["¿Cuándo abre la biblioteca?", "¿Cuándo abre la biblioteca municipal?"],
        ),
    ],
)
def test_the_whole_thing_is_exchanged(last: str, question: str, meant: list[str]) -> None:
    assert read(last, question) == meant
