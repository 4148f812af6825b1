"""What a sentence denies is shown with the word that denies it, and nothing else is widened."""

from __future__ import annotations

import pytest

from assistant.denial import denies, with_denial
from index.types import Span


@pytest.mark.parametrize(
    ("language", "sentence", "span", "shown"),
    [
        ("en", "It has not yet been approved by the ministry.",
         "the ministry", "not yet been approved by the ministry"),
        ("en", "The contract was never signed by Hugh Pemberton.", "Hugh Pemberton", "never signed by Hugh Pemberton"),
        ("en", "The contract wasn't signed by Hugh.", "Hugh", "wasn't signed by Hugh"),
        ("en", "She denied that the town had borrowed 20 million pounds.", "20 million pounds",
         "denied that the town had borrowed 20 million pounds"),
        ("en", "He claims that the pool costs 2 million.", "2 million", "claims that the pool costs 2 million"),
        ("en", "It is untrue that the theatre will close in May.",
         "in May", "untrue that the theatre will close in May"),
        ("en", "It will no longer be built by Solvara.", "Solvara", "no longer be built by Solvara"),
        ("en", "It was built in 1990, but was not opened by Anna.", "Anna", "not opened by Anna"),
        ("en", "He did not deny that it cost 5 euros.", "5 euros", "not deny that it cost 5 euros"),
        ("fr", "Le tunnel n'a finalement jamais été approuvé par le préfet.",
         "le préfet", "jamais été approuvé par le préfet"),
        ("fr", "Le maire a nié que la ville doive 3 millions.", "3 millions", "nié que la ville doive 3 millions"),
        ("fr", "Elle prétend qu'il coûte 3 euros.", "3 euros", "prétend qu'il coûte 3 euros"),
        ("de", "Der Vertrag wurde nie von Hugo Pabst unterschrieben.", "Hugo Pabst", "nie von Hugo Pabst"),
        ("de", "Er bestritt, dass die Stadt 3 Millionen schulde.",
         "3 Millionen", "bestritt, dass die Stadt 3 Millionen"),
        ("de", "Das Gesetz gilt nicht in Bayern.", "Bayern", "nicht in Bayern"),
        ("de", "Er hat nicht seine Mutter in Bern besucht.", "Bern", "nicht seine Mutter in Bern"),
        ("de", "Es ist nicht unser Haus in Bern.", "Bern", "nicht unser Haus in Bern"),
        ("es", "El puente no fue aprobado por el ministerio.", "el ministerio", "no fue aprobado por el ministerio"),
        ("es", "El alcalde negó que la ciudad deba 3 millones.", "3 millones", "negó que la ciudad deba 3 millones"),
    ],
)  # fmt: skip
def test_what_denies_an_answer_is_shown(language: str, sentence: str, span: str, shown: str) -> None:
    assert told(language, sentence, span) == shown


@pytest.mark.parametrize(
    ("language", "sentence", "span"),
    [
        ("en", "It was signed not only by Anna but also by Tom.", "Anna"),
        ("en", "It was not signed by Anna, but by Tom.", "Tom"),
        ("en", "It was not signed by Anna but by Tom.", "Tom"),
        ("en", "He did not resign because the board had met Anna.", "Anna"),
        ("en", "The bridge that was not finished was built by Anna.", "Anna"),
        ("en", "He did not sell it and moved to Lyon.", "Lyon"),
        ("en", "It did not open until Tuesday.", "Tuesday"),
        ("en", "It is not known who built the tower.", "the tower"),
        ("en", "Though it had not rained, 300 people came.", "300 people"),
        ("en", "They did not work for some two years following the accident in 1990.", "1990"),
        ("en", "Not all members voted for the plan in 2019.", "2019"),
        ("en", "The claims of the town rose to 5 million.", "5 million"),
        ("en", "The mayor denied it, and paid 5 million.", "5 million"),
        ("en", "He denied that it was sold, and the town paid 5 million.", "5 million"),
        ("en", "Whether or not it opens in May, it costs 5 euros.", "May"),
        ("fr", "Ce n'est pas le maire qui a signé avec Anne.", "Anne"),
        ("fr", "Il ne vient pas seulement de Lyon.", "Lyon"),
        ("fr", "Faites trois pas vers la gare de Lyon.", "Lyon"),
        ("fr", "Il n'a pas plu, mais 300 personnes sont venues.", "300 personnes"),
        ("fr", "Le pont n'a pas ouvert avant mai.", "mai"),
        ("de", "Es kamen nicht nur 300 Leute.", "300 Leute"),
        ("de", "Er hat keine Kinder und lebt in Wien.", "Wien"),
        ("de", "Der nicht genannte Mann war Anton Berg.", "Anton Berg"),
        ("de", "Das Haus ist nicht alt, es wurde 1990 gebaut.", "1990"),
        ("es", "El proyecto no terminado fue dirigido por Ana.", "Ana"),
        ("es", "No solo vino Ana.", "Ana"),
        ("es", "No llovió, pero vinieron 300 personas.", "300 personas"),
        ("es", "No se sabe quién vive en Madrid.", "Madrid"),
        ("en", "Insurance claims that exceed 500 euros need approval by the board.", "500 euros"),
        ("en", "He filed claims that reached 3 million.", "3 million"),
        ("en", "There were rumours that reached Anna.", "Anna"),
        ("en", "It has not more than 40 rooms.", "40"),
        ("en", "It is not less than 40 euros.", "40 euros"),
        ("en", "It is no longer than 40 metres.", "40 metres"),
        ("fr", "Il ne coûte pas plus de 40 euros.", "40 euros"),
        ("fr", "Il ne coûte pas moins de 40 euros.", "40 euros"),
        ("de", "Für nicht angemeldete Besucher kostet es 12 Euro.", "12 Euro"),
        ("de", "Einige nicht öffentliche Räume liegen im Keller.", "im Keller"),
        ("de", "Es kostet nicht weniger als 40 Euro.", "40 Euro"),
        ("de", "Es kostet nicht mehr als 40 Euro.", "40 Euro"),
        ("es", "La organización no gubernamental recibió 5 millones.", "5 millones"),
        ("es", "Los no socios pagan 5 euros.", "5 euros"),
        ("es", "No menos de 40 personas vinieron.", "40 personas"),
        ("es", "Vinieron no más de 40 personas.", "40 personas"),
        ("it", "Il ponte non fu approvato da Anna.", "Anna"),
    ],
)  # fmt: skip
def test_what_is_not_denied_stays_as_it_is(language: str, sentence: str, span: str) -> None:
    assert told(language, sentence, span) == span


def test_which_questions_deny_something_themselves() -> None:
    asked = ["Who did not sign?", "Why wasn't it built?", "What did she deny?", "Qui n'a pas signé ?"]
    asked += ["Warum wurde sie nicht gebaut?", "¿Quién no firmó?", "Who claimed that it was sold?"]
    assert [denies(question) for question in asked] == [True] * 7
    plain = [
        "Who signed it?",
        "Qui a signé ?",
        "Wer hat es gebaut?",
        "¿Quién firmó?",
        "",
        "¿No. 5?",
        "How high is the claim limit?",
    ]
    assert [denies(question) for question in plain] == [False] * 7


def told(language: str, sentence: str, span: str) -> str:
    text = f"It was not so. {sentence}"
    start = text.rindex(span)
    found = with_denial(text, Span(start, start + len(span)), Span(15, len(text)), language)
    return text[found.start : found.end]
