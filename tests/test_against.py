"""What speaks against a candidate: nothing read in it, a mere question, another year, another kind of thing."""

from __future__ import annotations

import pytest

from assistant.against import only_asks, weighed
from assistant.types import Candidate
from index.types import Hit, Passage, Span
from prompts import asking

ANSWER = 0.3  # the default threshold


def scores(
    question: str, language: str, *said: tuple[str, str, float, float | None], context: str = ""
) -> dict[str, float]:
    """What becomes of (sentence, span, score, margin) after (sentence, …), each a passage of its own: by span."""
    hits, read = [], []
    for rank, (sentence, words, score, margin) in enumerate(said, start=1):
        start, end = sentence.index(words), sentence.index(words) + len(words)
        hits.append(Hit(Passage("a.txt", 0, len(sentence), sentence, language, context), rank, 1.0, 0.9, 1.0))
        read.append(Candidate("a.txt", Span(start, end), Span(0, len(sentence)), score, rank, margin))
    found = weighed(question, language, read, hits)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    return {said[c.rank - 1][1]: round(c.score, 3) for c in found}


LEFT = ("The expedition left Islamabad on 3 June 1954.", "The expedition", 0.68, -2.6)
BLUE = ("Its tents were blue.", "blue", 0.01, -9.0)
LEADER = ("Its leader was Wolfgang Seidl.", "Wolfgang Seidl", 0.18, 11.0)


def test_where_nothing_was_read_no_score_makes_an_answer() -> None:
    for score in (0.3, 0.68, 1.0):
        held, _ = scores("Who led it?", "en", (*LEFT[:2], score, -0.1), BLUE).values()
        assert held < ANSWER
    assert scores("Who led it?", "en", (*LEFT[:2], 0.1, -9.0), BLUE) == {"The expedition": 0.1, "blue": 0.01}
    assert scores("Who led it?", "en", (*LEFT[:2], 0.9, 0.0), LEADER)["The expedition"] == 0.9


def test_a_reading_stands_before_what_was_not_read() -> None:
    assert list(scores("Who led it?", "en", LEFT, LEADER).items()) == [
        ("Wolfgang Seidl", 0.18),
        ("The expedition", 0.122),
    ]


def test_of_a_single_passage_what_was_read_weakly_may_be_the_answer() -> None:
    assert scores("Who led it?", "en", LEFT) == {"The expedition": 0.68}


def test_a_far_worse_reading_does_not() -> None:
    far = (*LEADER[:2], 0.01, 0.6)
    assert list(scores("Who led it?", "en", LEFT, far)) == ["The expedition", "Wolfgang Seidl"]


def test_a_reader_that_says_no_margin_keeps_its_scores() -> None:
    assert scores("Who led it?", "en", (*LEFT[:3], None)) == {"The expedition": 0.68}


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("Are there sharks in Lake Orvel?", True),
        ("“Are there sharks in the lake?”", True),
        ("« Y a-t-il des requins ?»", True),
        ("¿Hay tiburones en el lago?", True),
        ("هل توجد أسماك قرش؟", True),
        ("サメはいますか？", True),
        ("There are no sharks.", False),
        ("He asked, “Are there sharks?”", False),
        ("Il demanda : « Y a-t-il des requins ? »", False),
        ("“Are there sharks?” was the headline.", False),
    ],
)
def test_what_only_asks(sentence: str, asks: bool) -> None:
    assert only_asks(sentence) is asks


def test_a_question_is_no_answer_and_stands_after_one() -> None:
    asked = ("Are there sharks in Lake Orvel?", "Lake Orvel", 0.98, 4.5)
    told = ("There are no sharks in the lake.", "no sharks", 0.28, 7.2)
    assert scores("Are there sharks?", "en", asked, told) == {"no sharks": 0.28, "Lake Orvel": 0.274}


NORLAND = ("Inflation in Norland stood at 3.2 percent in August 2024.", "3.2 percent", 0.99, 12.0)


@pytest.mark.parametrize(
    ("question", "language", "said", "answers"),
    [
        ("Inflation in Norland in August 2020?", "en", NORLAND, False),
        ("Inflation in Norland in August 2024?", "en", NORLAND, True),
        ("Inflation in Norland?", "en", NORLAND, True),
        ("What has inflation been since 2020?", "en", NORLAND, True),
        ("How much higher than in 2020 is inflation?", "en", NORLAND, True),
        ("How much did it earn compared to 2020?", "en", NORLAND, True),
        ("Inflation between 2019 and 2021?", "en", NORLAND, True),
        ("What was inflation in the 2020s?", "en", NORLAND, True),
        ("Who ran it in 2024?", "en", ("Anna Holm has run it since March 2015.", "Anna Holm", 0.9, 9.0), True),
        ("Wer leitete es im Jahr 2024?", "de", ("Seit 2015 leitet es Anna Holm.", "Anna Holm", 0.9, 9.0), True),
        ("Qui le dirigeait en 2024 ?", "fr", ("Anna Holm le dirige depuis 2015.", "Anna Holm", 0.9, 9.0), True),
        ("¿Quién lo dirigía en 2024?", "es", ("Anna Holm lo dirige desde 2015.", "Anna Holm", 0.9, 9.0), True),
        ("What fee did the 2015 law set?", "en", ("Amended in 2019, it sets 5 euros.", "5 euros", 0.9, 9.0), True),
        ("Who won the 2020 election?", "en", ("Ada won on 7 January 2021.", "Ada", 0.9, 9.0), True),
        ("When did the 2020 games take place?", "en", ("They began in July 2021.", "July 2021", 0.9, 9.0), True),
        ("Profit in 2023?", "en", ("It employs 1900 people and earned 4 million.", "4 million", 0.9, 9.0), True),
        ("Combien de visiteurs en 2020 ?", "fr", ("En 2023, il y eut 52 700 visiteurs.", "52 700", 0.9, 9.0), False),
        ("Combien depuis 2020 ?", "fr", ("En 2023, il y eut 52 700 visiteurs.", "52 700", 0.9, 9.0), True),
        ("Wie viele Besucher 2020?", "de", ("Im Jahr 2023 kamen 52.700 Besucher.", "52.700", 0.9, 9.0), False),
        ("Wie viele Besucher seit 2020?", "de", ("Im Jahr 2023 kamen 52.700.", "52.700", 0.9, 9.0), True),
        ("¿Cuántos turistas hubo en 2020?", "es", ("En 2023 hubo 300 turistas.", "300", 0.9, 9.0), False),
        ("¿Cuántos turistas desde 2020?", "es", ("En 2023 hubo 300 turistas.", "300", 0.9, 9.0), True),
    ],
)  # fmt: skip
def test_a_sentence_of_another_year_is_no_answer(
    question: str, language: str, said: tuple[str, str, float, float], answers: bool
) -> None:
    [score] = scores(question, language, said).values()
    assert (score >= ANSWER) is answers


@pytest.mark.parametrize(
    ("question", "language", "sentence"),
    [
        ("How many visitors came in 2021?", "en", "In 2023 it had 300 visitors, 12% more than in 2022."),
        ("Combien de visiteurs en 2021 ?", "fr", "En 2023, il eut 300 visiteurs, 12 % de plus qu'en 2022."),
        ("Wie viele Besucher kamen 2021?", "de", "Im Jahr 2023 kamen 300 Besucher, 12 % mehr als 2022."),
        ("¿Cuántos turistas hubo en 2021?", "es", "En 2023 hubo 300 turistas, un 12 % más que en 2022."),
    ],
)
def test_a_year_that_a_sentence_compares_with_lasts_no_longer(
    question: str, language: str, sentence: str
) -> None:
    assert scores(question, language, (sentence, "300", 0.98, 9.0))["300"] < ANSWER
    assert scores(question.replace("2021", "2022"), language, (sentence, "300", 0.98, 9.0))["300"] == 0.98


@pytest.mark.parametrize(
    ("question", "language", "sentence", "answers"),
    [
        ("What is the penalty for a breach of byelaw 5?", "en", "Breach of byelaw 7: £50.", False),
        ("What is the penalty for a breach of byelaw 7?", "en", "Breach of byelaw 7: £50.", True),
        ("Quelle amende prévoit l'article 5 ?", "fr", "L'article 4 prévoit une amende de £50.", False),
        ("Was kostet es nach § 5?", "de", "Es kostet nach § 4 £50.", False),
        ("Was kostet Zimmer 5?", "de", "Zimmer 3 bis 7 kosten £50.", True),
        ("¿Cuánto cuesta la sala 5?", "es", "Las salas 4 y 5 cuestan £50.", True),
        ("What did it cost in May 5?", "en", "In May 7 it cost £50.", True),
        ("What do people aged 70 pay?", "en", "Persons aged 65 and over pay £50.", True),
        ("What if I miss 3 sessions?", "en", "Whoever misses 2 sessions pays £50.", True),
        ("Que coûte la salle 5 ?", "fr", "Les salles 4 ou 5 coûtent £50.", True),
        ("Was kostet Zimmer 5?", "de", "Die Zimmer 4 oder 5 kosten £50.", True),
        ("Was kostet es nach § 5?", "de", "Es kostet nach den §§ 4 ff. £50.", True),
        ("¿Cuánto cuesta la sala 5?", "es", "De la sala 3 a la sala 7 cuestan £50.", True),
        ("¿Cuánto cuesta la sala 5?", "es", "La sala 4 o la sala 6 cuestan £50.", False),
    ],
)
def test_what_is_told_of_another_number_is_no_answer(
    question: str, language: str, sentence: str, answers: bool
) -> None:
    assert (scores(question, language, (sentence, "£50", 0.9, 6.0))["£50"] >= ANSWER) is answers


def test_under_the_number_asked_others_may_be_named() -> None:
    said = ("It replaces byelaw 7 and costs £50.", "£50", 0.9, 6.0)
    assert scores("What is the cost of byelaw 5?", "en", said, context="Byelaw 5")["£50"] == 0.9
    assert scores("What is the cost of byelaw 5?", "en", said, context="Byelaw 6")["£50"] < ANSWER


@pytest.mark.parametrize(
    ("language", "other", "of_it"),
    [
        ("en", "When does the pool open?", "When was the mail about the pool sent?"),
        ("fr", "Quand ouvre la piscine ?", "Quand le courriel sur la piscine a-t-il été envoyé ?"),
        ("de", "Wann öffnet das Bad?", "Wann wurde die Mail über das Bad geschickt?"),
        ("es", "¿Cuándo abre la piscina?", "¿Cuándo se envió el correo sobre la piscina?"),
        ("it", "", "Quando apre la piscina?"),
    ],
)
def test_the_head_of_a_mail_answers_only_what_asks_for_it(language: str, other: str, of_it: str) -> None:
    mail = "From: Ada <ada@pool.example>\nDate: Fri, 3 May 2024"
    start = mail.index("Date")
    hit = Hit(Passage("a.eml", 0, len(mail), mail, "en"), 1, 1.0, 0.9, 1.0)
    read = [Candidate("a.eml", Span(start + 6, len(mail)), Span(start, len(mail)), 0.9, 1, 6.0)]
    if other:
        assert weighed(other, language, read, [hit])[0].score < ANSWER
    assert weighed(of_it, language, read, [hit])[0].score == 0.9


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Date: 2024-05-03; Visitors: 300\nDate: 2024-05-04; Visitors: 310", "Date: 2024-05-03; Visitors: 300"),
        ("From: Lyon; To: Nice; Time: 5 h\nFrom: Lyon; To: Paris; Time: 2 h", "From: Lyon; To: Paris; Time: 2 h"),
        ("Date: Saturday 4 May\nFrom: 10:00\nTo: 16:00", "Date: Saturday 4 May"),
    ],
)  # fmt: skip
def test_a_row_or_a_bill_with_such_names_heads_no_mail(text: str, sentence: str) -> None:
    hit = Hit(Passage("a.csv", 0, len(text), text, "en"), 1, 1.0, 0.9, 1.0)
    start = text.index(sentence)
    quote = Span(start, start + len(sentence))
    read = [Candidate("a.csv", Span(quote.end - 3, quote.end), quote, 0.9, 1, 6.0)]
    assert weighed("When is it open?", "en", read, [hit])[0].score == 0.9


def test_a_sentence_under_the_year_asked_may_name_others() -> None:
    said = ("Founded in 2011, the firm earned 4 million.", "4 million", 0.9, 9.0)
    assert scores("Profit in 2023?", "en", said, context="Annual report 2023") == {"4 million": 0.9}
    assert scores("Profit in 2023?", "en", said, context="Annual report 2022")["4 million"] < ANSWER


@pytest.mark.parametrize(
    ("question", "language", "wrong", "right"),
    [
        ("How much did the battery cost?", "en", "It is 12 metres.|12 metres", "It cost $31 million.|$31 million"),
        ("What was its total income?", "en", "It rose by 12%.|12%", "Year: 2022; Total: £193.|£193"),
        ("Quel était le budget ?", "fr", "Il monte de 12 %.|12 %", "On a eu 310 euros.|310 euros"),
        ("Wie hoch war das Budget?", "de", "Es stieg um 12 %.|12 %", "Man hatte 310 Euro.|310 Euro"),
        ("¿Cuál fue el presupuesto?", "es", "Subió un 12 %.|12 %", "Eran 310 euros.|310 euros"),
        ("Combien a coûté la batterie ?", "fr", "Elle mesure 12 mètres.|12 mètres", "On a payé 310 euros.|310 euros"),
        ("Was kostet die Batterie?", "de", "Sie misst 12 Meter.|12 Meter", "Der Preis: 310 Euro.|310 Euro"),
        ("¿Cuánto cuesta la batería?", "es", "Mide 12 metros.|12 metros", "Vale 310 euros.|310 euros"),
        ("When did it open?", "en", "It opened in Harwick.|Harwick", "It opened on 3 March 2021.|3 March 2021"),
        ("Quand a-t-il ouvert ?", "fr", "Il a ouvert à Lyon.|Lyon", "Ouvert le 3 mars 2021.|3 mars 2021"),
        ("Wann wurde es eröffnet?", "de", "Es steht in Graz.|Graz", "Eröffnet am 3. März 2021.|3. März 2021"),
        ("¿Cuándo abrió?", "es", "Está en Lima.|Lima", "Abrió el 3 de marzo de 2021.|3 de marzo de 2021"),
        ("How many people came?", "en", "It cost 300 euros.|300 euros", "There came 64 people.|64 people"),
    ],
)  # fmt: skip
def test_the_right_kind_stands_first_if_more_is_read_in_it(
    question: str, language: str, wrong: str, right: str
) -> None:
    (sentence, other), (told, span) = wrong.split("|"), right.split("|")
    found = scores(question, language, (sentence, other, 0.84, 8.0), (told, span, 0.6, 9.0))
    assert list(found) == [span, other]
    assert found == {span: 0.6, other: 0.207}
    kept = {other: 0.84, span: 0.6}
    assert scores(question, language, (sentence, other, 0.84, 8.0), (told, span, 0.6, 7.0)) == kept
    far = {other: 0.84, span: 0.08}
    assert scores(question, language, (sentence, other, 0.84, 8.0), (told, span, 0.08, 9.0)) == far


def test_what_is_asked_of_a_budget_need_be_no_sum() -> None:
    share, sum_ = ("Culture gets 12%.", "12%", 0.84, 8.0), ("Parks get £310.", "£310", 0.4, 9.0)
    assert scores("What is the budget of Culture?", "en", share, sum_)["12%"] < 0.84
    for asked in (
        "the share of the budget for culture",
        "the growth in revenue",
        "the date of the budget vote",
    ):
        assert scores(f"What is {asked}?", "en", share, sum_)["12%"] == 0.84


def test_a_bare_figure_of_a_table_may_be_a_sum() -> None:
    row = ("Area: Sport; 2023: 180000; 2024: 165000", "165000", 0.84, 8.0)
    other = ("The hall costs 9 euros.", "9 euros", 0.4, 9.0)
    assert scores("What is the budget of Sport in 2024?", "en", row, other)["165000"] == 0.84


def test_a_season_is_a_time_and_a_free_entry_a_price() -> None:
    spring = ("It opens in spring.", "spring", 0.8, 5.0)
    dated = ("The fair is on 3 March 2021.", "3 March 2021", 0.4, 9.0)
    assert scores("When does it open?", "en", spring, dated)["spring"] == 0.8
    free = ("Entry is free.", "free", 0.8, 5.0)
    dear = ("A guide costs 9 euros.", "9 euros", 0.4, 9.0)
    assert scores("How much does entry cost?", "en", free, dear)["free"] == 0.8


def test_how_questions_ask_for_kinds_is_known_in_four_languages() -> None:
    assert {kind: sum(bool(asking(kind, one)) for one in ("en", "fr", "de", "es")) for kind in
            ("money", "time", "count", "years", "bounds", "mail")} == dict.fromkeys(
                ("money", "time", "count", "years", "bounds", "mail"), 4)  # fmt: skip
