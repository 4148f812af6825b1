"""When a question leans on the ones before, and what it is then taken to mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.followup import ALONE, LEFT_OUT, Reading, language_of, readings
from assistant.types import Turn

FILLED = [
    ("What is Current AI?", "", "And who runs it?", "Who runs Current AI?"),
    ("What is Current AI?", "", "What are its members?", "What are Current AI's members?"),
    ("What is Current AI?", "", "When was this foundation created?", "When was Current AI created?"),
    ("Who founded Hiatus?", "Jean Cattan", "Where was he born?", "Where was Jean Cattan born?"),
    ("Who founded Hiatus?", "Jean Cattan", "When?", "When founded Hiatus?"),
    ("How many lived in France in 2023?", "", "What about 2024?", "How many lived in France in 2024?"),
    ("How many lived in France in 2023?", "", "And in Spain?", "How many lived in Spain in 2023?"),
    ("What is the population of Lyon?", "", "And the area?", "What is the area of Lyon?"),
    ("What is the population of Lyon?", "", "No, I meant Paris", "What is the population of Paris?"),
    ("Quel est le budget de Current AI ?", "", "Et son directeur ?", "Quel est le directeur de Current AI?"),
    ("Quand Current AI a-t-elle été fondée ?", "", "Qui la dirige ?", "Qui dirige Current AI?"),
    ("Qui dirige Current AI ?", "", "Combien a-t-elle reçu ?", "Combien a Current AI reçu?"),
    ("Qui dirige Current AI ?", "", "Qui l'a fondée ?", "Qui a fondée Current AI?"),
    ("Combien d'habitants a Lyon ?", "", "Et Paris ?", "Combien d'habitants a Paris ?"),
    ("Wer leitet Current AI?", "", "Und wie hoch ist sein Budget?", "Wie hoch ist Budget von Current AI?"),
    ("Wie viele Einwohner hat Lyon?", "", "Und was ist mit Paris?", "Wie viele Einwohner hat Paris?"),
    ("¿Quién dirige Current AI?", "", "¿Y cuál es su presupuesto?", "Cuál es el presupuesto de Current AI?"),
    ("¿Cuándo murió Cervantes?", "", "¿Dónde nació?", "Dónde nació Cervantes?"),
    ("¿Cuántos habitantes tiene Lyon?", "", "¿Y París?", "Cuántos habitantes tiene París?"),
    ("¿Dónde se celebró la primera cumbre?", "", "¿Y la segunda?", "Dónde se celebró la segunda cumbre?"),
    ("Where was the first summit held?", "", "And the second?", "Where was the second summit held?"),
    ("Welchen Anteil hat die Region bezahlt?", "", "Und der Staat?", "Welchen Anteil hat der Staat bezahlt?"),
    (
        "Combien la région a-t-elle payé ?",
        "",
        "Non, je parle de la commune",
        "Combien la commune a-t-elle payé ?",
    ),
    ("When did the First World War end?", "", "And the Second Crusade?", "When did the Second Crusade end?"),
    (
        "Who was the first man on the Moon?",
        "",
        "And the first woman?",
        "Who was the first woman on the Moon?",
    ),
    ("How long did the war last?", "", "And the first war?", "How long did the first war last?"),
    ("Who is the first lady?", "", "And the president?", "Who is the president?"),
    ("Who said that AI is dangerous?", "", "And ChatGPT?", "Who said that ChatGPT is dangerous?"),
    (
        "What is the salary of the director?",
        "",
        "And of the secretary?",
        "What is the salary of the secretary?",
    ),
    ("When does the pool open?", "", "And the public library?", "When does the public library open?"),
    ("Quelle est la capitale du Portugal ?", "", "Et la France ?", "Quelle est la capitale de la France ?"),
    ("Est-ce que le musée est ouvert ?", "", "Quand ?", "Quand est-ce que le musée est ouvert?"),
    ("Hat Goethe Rom besucht?", "", "Wann?", "Wann hat Goethe Rom besucht?"),
    ("Did Ada Lovelace visit Rome?", "", "With whom?", "With whom did Ada Lovelace visit Rome?"),
    ("Wer war der erste Bundeskanzler?", "", "Und der erste Präsident?", "Wer war der erste Präsident?"),
    ("Wann öffnet das Museum?", "", "Ok, und die Bücherei?", "Wann öffnet die Bücherei?"),
    (
        "¿Cuánto cuesta la entrada para los adultos?",
        "",
        "¿Y para los niños?",
        "Cuánto cuesta la entrada para los niños?",
    ),
    (
        "Who is the director of the library?",
        "",
        "When was she born?",
        "When was the director of the library born?",
    ),
    ("Did Ada Lovelace visit Rome?", "", "When?", "When did Ada Lovelace visit Rome?"),
    ("Où est le mont Ventoux ?", "", "Non, je parle de Landeskrone", "Où est le mont Landeskrone ?"),
    (
        "How much did the renovation of the library cost?",
        "",
        "And the renovation of the museum?",
        "How much did the renovation of the museum cost?",
    ),
    (
        "Combien a coûté la rénovation de la médiathèque ?",
        "",
        "Et celle du musée ?",
        "Combien a coûté la rénovation du musée ?",
    ),
    (
        "How many lived in France in 2023?",
        "",
        "And in Spain in 2024?",
        "How many lived in Spain in 2024?",
    ),
    (
        "Quel est le budget de Lyon en 2023 ?",
        "",
        "Et Marseille en 2024 ?",
        "Quel est le budget de Marseille en 2024 ?",
    ),
    (
        "Wie hoch ist die Einwohnerzahl von Lyon?",
        "",
        "Und Paris?",
        "Wie hoch ist die Einwohnerzahl von Paris?",
    ),
    (
        "What is Current AI?",
        "",
        "What is the name of its director?",
        "What is the name of Current AI's director?",
    ),
    ("How much did the hall of Lund cost?", "5 million", "Why?", "Why did the hall of Lund cost?"),
    ("Wie viel kostete die Brücke in Lund?", "", "Warum?", "Warum kostete die Brücke in Lund?"),
    ("In which year was the bridge of Lund closed?", "", "Why?", "Why was the bridge of Lund closed?"),
    ("What happened on 1 May 2020 in Lund?", "", "And on 2 May?", "What happened on 2 May 2020 in Lund?"),
    (
        "Who spoke on 3 May 2010 in Paris?",
        "",
        "And on 5 June in Lyon?",
        "Who spoke on 5 June 2010 in Lyon?",
    ),
    ("What is the toll for cars?", "", "And for lorries?", "What is the toll for lorries?"),
    (
        "Quelle est la cotisation pour les particuliers ?",
        "",
        "Et pour les personnes morales ?",
        "Quelle est la cotisation pour les personnes morales ?",
    ),
    ("Qu'est-ce que Current AI ?", "", "Pourquoi le fait-il ?", "Pourquoi le fait Current AI?"),
]


@pytest.mark.parametrize(("last", "answer", "question", "filled"), FILLED)
def test_the_gap_is_filled(last: str, answer: str, question: str, filled: str) -> None:
    alone, first, *_ = readings(question, [Turn("Who wrote it?", "Nobody."), Turn(last, answer)])
    assert (alone.text, alone.weight) == (question, ALONE)
    assert (first.text.lstrip("¿"), first.weight) == (filled, 1.0)


@pytest.mark.parametrize(
    "question",
    [
        "When does the library in Valbrune open?",
        "Combien coûte la rénovation ?",
        "When did Marie Curie win her Nobel Prize?",
        "How many documents are there?",
        "So what is the funding of Current AI?",
        "Quand Victor Hugo a-t-il publié son premier roman ?",
        "Wann hat Marie Curie ihren Nobelpreis bekommen?",
        "¿Cuándo publicó Cervantes su primera novela?",
        "Where was Abel Tasman born?",
        "Y a-t-il une piscine à Lyon ?",
        "¿Cuántas personas murieron del cólera?",
        "Qu'est-ce que le RGPD ?",
        "Est-ce que le musée est ouvert ?",
        "Quand le sommet a-t-il eu lieu ?",
        "Quand la France a-t-elle adopté l'euro ?",
        "Que faut-il savoir sur le RGPD ?",
        "Comment le maire a-t-il annoncé sa démission ?",
        "Quel est le budget cette année ?",
        "When did the mayor announce his resignation?",
        "What did the company say about its profits?",
        "Is it legal to park in Lyon?",
        "When will the pool reopen this year?",
        "Who invented penicillin?",
        "What is photosynthesis?",
        "How much does it cost to renovate the library?",
        "Können Sie mir sagen, wer die Stiftung leitet?",
        "Ist es erlaubt, in Lyon zu parken?",
        "¿Cuándo anunció el alcalde su dimisión?",
        "¿Qué pasará este año en Lyon?",
    ],
)
def test_a_complete_question_is_never_bent(question: str) -> None:
    history = [Turn("What is Current AI?", "A foundation.")]
    assert [one.text for one in readings(question, history)] == [question]


def test_without_a_history_there_is_one_reading() -> None:
    assert [(one.text, one.weight) for one in readings("Why?", ())] == [("Why?", 1.0)]


def test_a_topic_is_looked_for_further_back() -> None:
    history = [Turn("What is Current AI?", ""), Turn("Why?", "")]
    assert readings("Who runs it?", history)[1].text == "Who runs Current AI?"


@given(st.text(max_size=80).filter(str.strip), st.text(min_size=1, max_size=80), st.text(max_size=80))
def test_any_texts_have_readings_and_the_first_is_the_question(question: str, last: str, answer: str) -> None:
    found = readings(question, [Turn(last, answer)])
    assert found[0].text == question
    assert 1 <= len(found) <= 4
    assert len({one.text.casefold() for one in found}) == len(found)
    assert all(one.text.strip() for one in found)


def test_in_spanish_a_subject_that_is_left_out_may_be_the_topic() -> None:
    history = [Turn("¿Cuándo se fundó Setanta Sports?", "")]
    assert readings("¿Qué plataforma planeaba lanzar?", history) == (
        Reading("¿Qué plataforma planeaba lanzar?"),
        Reading("Qué plataforma planeaba lanzar Setanta Sports?", LEFT_OUT),
    )
    for complete in ("¿Cuánto cuesta la reforma del teatro?", "¿Qué plataforma planeaba lanzar Movistar?"):
        assert readings(complete, history) == (Reading(complete),)
    asked = "Which platform did they plan to launch in spring?"
    assert LEFT_OUT not in [one.weight for one in readings(asked, [Turn("What is Setanta Sports?", "")])]


def test_who_passes_is_a_person_and_what_happens_is_nobody() -> None:
    history = [Turn("Quand Sikorski devient-il commandant en chef ?", "")]
    assert (
        readings("Quand passe-t-il en Angleterre ?", history)[1].text == "Quand passe Sikorski en Angleterre?"
    )
    assert readings("Que se passe-t-il dans les locaux de la mairie ?", history) == (
        Reading("Que se passe-t-il dans les locaux de la mairie ?"),
    )


def test_a_place_that_was_asked_by_its_person_may_be_the_topic() -> None:
    history = [Turn("Qui est la directrice de la médiathèque ?", "Jeanne Castagnol")]
    found = [one.text for one in readings("Quand rouvre-t-elle ?", history)]
    assert found[1:3] == ["Quand rouvre Jeanne Castagnol?", "Quand rouvre la médiathèque?"]


def test_what_was_exchanged_is_not_asked_with_the_last_question_too() -> None:
    """It would find the last answer again."""
    last = [Turn("Quel est le financement de Current AI ?", "400 millions d'euros")]
    assert [(one.text, one.read_as) for one in readings("Et Hiatus ?", last)] == [
        ("Et Hiatus ?", ""),
        ("Quel est le financement de Hiatus ?", ""),
        ("Quel est le financement de Current AI ? Hiatus?", "Et Hiatus ?"),
    ]


def test_a_short_question_is_in_the_language_of_the_conversation() -> None:
    assert language_of("Et Hiatus ?", [Turn("Quel est le financement de Current AI ?", "")]) == "fr"
    assert language_of("Paris?", [Turn("Wie groß ist Lyon?", "")]) == "de"
    assert language_of("A quelle heure ouvre la piscine ?") == "fr"
