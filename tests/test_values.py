"""What answers say, worked out by hand in six languages, and when two of them say the same."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.scan import Amount, Moment, scan
from assistant.values import Value, Words, contradict, tells_more, value_of

LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "ja", "xx")
ANY = st.text(st.characters(codec=None), max_size=60)
FIGURES = st.text(st.sampled_from("0123456789.,-/:% €$’'hdeuropmil février\u202f\u00a0\u0301\n"), max_size=30)
TEN_FEBRUARY = Moment(2025, 2, (10,))


def amount(number: str, unit: str = "", rough: bool = False, bound: str = "") -> Amount:
    return Amount(Decimal(number), unit, rough, bound)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("400 millions d ‘euros", "fr"),
        ("400 millions d’euros", "fr"),
        ("400\u00a0M€", "fr"),
        ("quatre cents millions d'euros", "fr"),
        ("€400 million", "en"),
        ("EUR 400m", "en"),
        ("the 400,000,000 euros", "en"),
        ("400.000.000 Euro", "de"),
        ("400 Mio. €", "de"),
        ("400 millones de euros", "es"),
        ("400 milioni di euro", "it"),
        ("400 milhões de euros", "pt"),
        ("0,4 milliard d'euros", "fr"),
        ("0.4 billion euros", "en"),
        ("€0.4B", "en"),
        ("400 M d'euros", "fr"),
        ("400.000.000,- €", "de"),
    ],
)
def test_four_hundred_million_euros(text: str, language: str) -> None:
    assert value_of(text, language) == amount("400000000", "euro")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("10 février 2025", "fr"),
        ("le lundi 10 fe\u0301vrier 2025", "fr"),
        ("10 FÉVR. 2025", "fr"),
        ("10 February 2025", "en"),
        ("on February 10th, 2025", "en"),
        ("the 10th of February 2025", "en"),
        ("2025-02-10", "en"),
        ("10.02.2025", "de"),
        ("am 10. Februar 2025", "de"),
        ("10/02/2025", "fr"),
        ("el 10 de febrero de 2025", "es"),
        ("lunedì 10 febbraio 2025", "it"),
        ("10 de fevereiro de 2025", "pt"),
        ("segunda-feira, 10 de fevereiro de 2025", "pt"),
    ],
)
def test_the_tenth_of_february(text: str, language: str) -> None:
    assert value_of(text, language) == TEN_FEBRUARY


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("1.500", "en", amount("1.5")),
        (".5 percent", "en", amount("0.5", "%")),
        ("0.125 mg", "de", amount("0.125", "milligram")),
        ("−€3 million", "en", amount("-3000000", "euro")),
        ("9.30 am", "en", Moment(time=(9, 30))),
        ("20.30 Uhr", "de", Moment(time=(20, 30))),
        ("im Jahr 2024", "de", amount("2024")),
        ("en el año 2024", "es", amount("2024")),
        ("1.500", "de", amount("1500")),
        ("1,500", "en", amount("1500")),
        ("1,500", "fr", amount("1.5")),
        ("1.234.567,89", "de", amount("1234567.89")),
        ("1,234,567.89", "en", amount("1234567.89")),
        ("1\u202f234", "fr", amount("1234")),
        ("1’234", "de", amount("1234")),
        ("1.2 million euros", "en", amount("1200000", "euro")),
        ("1,5 million d'euros", "fr", amount("1500000", "euro")),
        ("$5 billion", "en", amount("5e9", "dollar")),
        ("5 Milliarden Dollar", "de", amount("5e9", "dollar")),
        ("5 billions de dollars", "fr", amount("5e12", "dollar")),
        ("3 mil millones de euros", "es", amount("3e9", "euro")),
        ("5 bilhões de dólares", "pt", amount("5e9", "dollar")),
        ("60 %", "fr", amount("60", "%")),
        ("sixty per cent", "en", amount("60", "%")),
        ("60 Prozent", "de", amount("60", "%")),
        ("60 por ciento", "es", amount("60", "%")),
        ("60 per cento", "it", amount("60", "%")),
        ("60 por cento", "pt", amount("60", "%")),
        ("un 12 %", "es", amount("12", "%")),
        ("-5 °C", "en", amount("-5", "°c")),
        ("vingt-cinq jours", "fr", amount("25", "day")),
        ("twenty-five days", "en", amount("25", "day")),
        ("fünfundzwanzig Tage", "de", amount("25", "day")),
        ("veinticinco días", "es", amount("25", "day")),
        ("venticinque giorni", "it", amount("25", "day")),
        ("vinte e cinco dias", "pt", amount("25", "day")),
        ("quatre-vingt-dix-neuf ans", "fr", amount("99", "year")),
        ("soixante et onze ans", "fr", amount("71", "year")),
        ("dreißig Jahre", "de", amount("30", "year")),
        ("twenty working days", "en", amount("20", "working days")),
        ("127 litres d'eau", "fr", amount("127", "litre eau")),
        ("environ 400 km", "fr", amount("400", "kilometre", rough=True)),
        ("about 400 kilometres", "en", amount("400", "kilometre", rough=True)),
        ("more than 400 kilometres", "en", amount("400", "kilometre", rough=True, bound="least")),
        ("pas plus de 400 km", "fr", amount("400", "kilometre", rough=True, bound="most")),
        ("mindestens 400 km", "de", amount("400", "kilometre", rough=True, bound="least")),
        ("hasta 400 km", "es", amount("400", "kilometre", rough=True, bound="most")),
        ("１２ %", "ja", amount("12", "%")),
        ("les 10 et 11 février", "fr", Moment(None, 2, (10, 11))),
        ("10 and 11 February 2025", "en", Moment(2025, 2, (10, 11))),
        ("February 10-11, 2025", "en", Moment(2025, 2, (10, 11))),
        ("du 10 au 13 février 2025", "fr", Moment(2025, 2, (10, 11, 12, 13))),
        ("vom 10. bis 13. Februar 2025", "de", Moment(2025, 2, (10, 11, 12, 13))),
        ("1er mars", "fr", Moment(None, 3, (1,))),
        ("März 2024", "de", Moment(2024, 3)),
        ("samedi", "fr", Moment(weekday=5)),
        ("le 7 février 2025 à 21h06", "fr", Moment(2025, 2, (7,), None, (21, 6))),
        ("7 February 2025 at 9:06 pm", "en", Moment(2025, 2, (7,), None, (21, 6))),
        ("12 a.m.", "en", Moment(time=(0, 0))),
        ("20 Uhr", "de", Moment(time=(20, 0))),
    ],
)
def test_values_worked_out_by_hand(text: str, language: str, value: Value) -> None:
    assert value_of(text, language) == value


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("10 to 20 euros", "en", id="a range"),
        pytest.param("1914-1918", "en", id="years"),
        pytest.param("two hundred and five", "en", id="a number too long for us"),
        pytest.param("deux cent cinquante", "fr", id="the same in French"),
        pytest.param("version 3.1.2", "en", id="a version"),
        pytest.param("5/6/2020", "en", id="fifth of June, or sixth of May"),
        pytest.param("30/02/2020", "fr", id="no such day"),
        pytest.param("one", "en", id="a pronoun"),
        pytest.param("5 CAD dollars 3", "en", id="two figures"),
        pytest.param("Current AI", "en", id="a name"),
        pytest.param("9 out of 10", "en", id="no ninth of October"),
        pytest.param("mardi 10 février 2025", "fr", id="it was a Monday"),
    ],
)
def test_what_is_no_single_value_stays_words(text: str, language: str) -> None:
    assert isinstance(value_of(text, language), Words)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("La Quadrature du Net", "quadrature du net", True),
        ("l’IA", "IA", True),
        ("«Hiatus»", "Hiatus", True),
        ("Économie", "economie", True),
        ("The Who", "Who", True),
        ("The", "the", True),
        ("Léa Martin", "Léo Martin", False),
        ("?!", "!?", False),
        ("ไม้", "ไม", False),
    ],
)
def test_names_are_compared_folded(one: str, other: str, same: bool) -> None:
    assert (value_of(one, "fr") == value_of(other, "en")) is same


def test_what_tells_more() -> None:
    february, stay = value_of("10 février", "fr"), value_of("10 and 11 February 2025", "en")
    assert tells_more(TEN_FEBRUARY, february)
    assert not tells_more(february, TEN_FEBRUARY)
    assert not tells_more(stay, february)
    for weekday in ("Monday", "Tuesday"):  # of any week
        assert not tells_more(TEN_FEBRUARY, value_of(weekday, "en"))
    assert tells_more(TEN_FEBRUARY, value_of("2025", "en"))
    assert tells_more(amount("127", "litre"), amount("127"))
    assert tells_more(amount("127", "litre eau"), amount("127", "litre"))
    assert tells_more(amount("127", "litre"), amount("127", "litre", rough=True))
    for language, least, most in (
        ("en", "at least 5 people", "at most 5"),
        ("fr", "plus de 400 euros", "moins de 400"),
        ("de", "mindestens 20 Liter", "bis zu 20"),
        ("es", "más de 3 euros", "no más de 3"),
    ):
        one, other = value_of(least, language), value_of(most, language)
        assert one != other
        assert not tells_more(one, other)
    assert not tells_more(amount("127", "litre"), amount("127", "euro"))
    assert not tells_more(amount("127"), amount("127"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("more than $400 million", "more than €400 million"),
        ("C++", "C#"),
        ("A+", "A-"),
        ("1/2", "1-2"),
        ("A$5 million", "€5 million"),
        ("₹500", "£500"),
        ("20 kW", "20 kWh"),
        ("100 km", "100 km/h"),
        ("50 cents", "5,000"),
        ("the 1990s", "1990"),
        (".5 percent", "5 percent"),
    ],
)
def test_what_differs_by_a_sign_or_a_unit_is_not_the_same(one: str, other: str) -> None:
    left, right = value_of(one, "en"), value_of(other, "en")
    assert left != right
    assert not tells_more(left, right)
    assert not tells_more(right, left)


def test_a_number_rounded_at_a_half_is_the_same_number() -> None:
    for fine, rough in (("12.5 %", "13 %"), ("13.5 %", "14 %"), ("2.5 million", "3 million")):
        assert not contradict(value_of(fine, "en"), value_of(rough, "en"))
    for fine, other in (("12.6 %", "12 %"), ("5.5 %", "5 %"), ("2.5 million", "2 million")):
        assert contradict(value_of(fine, "en"), value_of(other, "en"))


def test_a_year_may_contradict_a_date() -> None:
    date = value_of("10 February 2025", "en")
    assert contradict(value_of("2023", "en"), date)
    assert contradict(date, value_of("2023", "en"))
    for other in ("2025", "12", "about 2023", "2023 people"):
        assert not contradict(date, value_of(other, "en"))


def test_what_contradicts() -> None:
    dear, cheap = value_of("1,5 million d'euros", "fr"), value_of("1.2 million euros", "en")
    assert contradict(dear, cheap)
    assert not contradict(cheap, value_of("1,203,400 euros", "en"))  # rounded
    assert contradict(value_of("1.3 million euros", "en"), value_of("1,203,400 euros", "en"))
    assert not contradict(cheap, value_of("60 %", "en"))
    assert not contradict(cheap, value_of("about 1.5 million euros", "en"))
    assert contradict(TEN_FEBRUARY, value_of("11 février", "fr"))
    assert not contradict(TEN_FEBRUARY, value_of("10 et 11 février", "fr"))
    assert not contradict(TEN_FEBRUARY, value_of("Monday", "en"))
    assert contradict(TEN_FEBRUARY, value_of("Tuesday", "en"))
    assert not contradict(value_of("Paris", "fr"), value_of("Londres", "fr"))


def test_places_are_those_of_the_original() -> None:
    text = "Dote\u0301e de 400 millions d ‘euros le 10\u00a0FÉVRIER 2025 (60\u202f%)."
    assert [text[one.start : one.end] for one in scan(text, "fr")] == [
        "400 millions d ‘euros",
        "10\u00a0FÉVRIER 2025",
        "60\u202f%",
    ]
    [two] = scan("Les 2 l'ont dit.", "fr")
    assert two.value == amount("2")


@given(ANY | FIGURES, st.sampled_from(LANGUAGES))
@settings(deadline=None, max_examples=500)
def test_any_text_has_a_value_and_values_have_their_place(text: str, language: str) -> None:
    assert value_of(text, language) == value_of(f" {text}\n", language) or text.strip() != text
    found = scan(text, language)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= other.start for one, other in combinations(found, 2))


@given(st.lists(ANY | FIGURES, min_size=3, max_size=3), st.sampled_from(LANGUAGES))
@settings(deadline=None, max_examples=500)
def test_the_comparisons_are_orderly(texts: list[str], language: str) -> None:
    one, two, three = (value_of(text, language) for text in texts)
    assert contradict(one, two) == contradict(two, one)
    assert not contradict(one, one)
    assert not tells_more(one, one)
    assert not (tells_more(one, two) and tells_more(two, one))
    assert not (tells_more(one, two) and contradict(one, two))
    assert tells_more(one, three) or not (tells_more(one, two) and tells_more(two, three))


@given(st.integers(0, 10**12), st.sampled_from(LANGUAGES))
def test_a_grouped_number_is_the_number(number: int, language: str) -> None:
    grouped = f"{number:,}"
    assert value_of(str(number), language) == amount(str(number))
    for separator in " \u00a0\u202f’":
        assert value_of(grouped.replace(",", separator), language) == amount(str(number))
    if grouped.count(",") != 1:
        assert (
            value_of(grouped, language)
            == value_of(grouped.replace(",", "."), language)
            == amount(str(number))
        )


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("2023年5月8日", "zh", Moment(2023, 5, (8,))),
        ("2023年5月", "zh", Moment(2023, 5)),
        ("5月8日", "ja", Moment(None, 5, (8,))),
        ("2024년 3월 12일", "ko", Moment(2024, 3, (12,))),
        ("2023年", "zh", amount("2023")),
        ("1,385公里", "zh", amount("1385", "kilometre")),
        ("12万3400人", "ja", amount("123400", "person")),
        ("1億2000万円", "ja", amount("120000000", "yen")),
        ("620亿元", "zh", amount("62000000000", "yuan")),
        ("٣٫٤ مليار", "ar", amount("3400000000")),
        ("١٢ مارس ٢٠٢٤", "ar", Moment(2024, 3, (12,))),
        ("8 мая 2023", "ru", Moment(2023, 5, (8,))),
        ("3,2 миллиарда рублей", "ru", amount("3200000000", "rouble")),
        ("45,6 mln zł", "pl", amount("45600000", "zloty")),
        ("12 maart 2024", "nl", Moment(2024, 3, (12,))),
        ("1,5 miljoen euro", "nl", amount("1500000", "euro")),
        ("SEK 5 million", "en", amount("5000000", "krona")),
        ("12.4 million pounds", "en", amount("12400000", "pound")),
        ("3,7 Mio. Einwohner", "de", amount("3700000", "inhabitant")),
        ("40 sq km", "en", amount("40", "square-kilometre")),
        ("1° gennaio 2021", "it", Moment(2021, 1, (1,))),
        ("minus 20 degrees", "en", amount("-20", "degree")),
        ("moins 20 degrés", "fr", amount("-20", "degree")),
        ("12 May", "en", Moment(None, 5, (12,))),
        ("12 may", "en", amount("12", "may")),
        ("12 may 2024", "en", Moment(2024, 5, (12,))),
        ("Prof. Anna Berg", "en", Words("anna berg")),
    ],
)
def test_figures_and_dates_of_other_scripts_and_spellings(text: str, language: str, value: Value) -> None:
    assert value_of(text, language) == value


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("15 euros per day", "15 euros"),
        ("two thirds", "two"),
        ("two dozen", "2"),
        ("two and a half hours", "2"),
        ("44 BC", "44"),
        ("300 kilometres per hour", "300 kilometres"),
    ],
)
def test_another_scale_or_rate_tells_another_figure(more: str, less: str) -> None:
    assert not tells_more(value_of(more, "en"), value_of(less, "en"))


def test_a_bound_is_no_sign() -> None:
    assert [one.value for one in scan("au moins 20 degrés", "fr")] == [amount("20", "degree")]
    assert [one.value for one in scan("il fait moins 20 degrés", "fr")] == [amount("-20", "degree")]


@pytest.mark.parametrize("text", ["1億2千万人", "3百万元", "5千万円"])
def test_signs_of_numbers_that_are_not_added_up_make_no_value(text: str) -> None:
    assert isinstance(value_of(text, "ja"), Words)


def test_words_of_one_language_are_no_months_or_money_of_another() -> None:
    assert [one.value for one in scan("la marca de 2000 visitantes", "es")] == [amount("2000")]
    assert [one.value for one in scan("5 won prizes", "en")] == [amount("5")]
    assert [one.value for one in scan("$5 minus 20", "en")] == [amount("5", "dollar"), amount("20")]
