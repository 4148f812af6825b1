"""Every reason for which a file is left out can be said in every language of the page."""

import ast
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reasons import _table, reason_in
from prompts import LANGUAGES, reasons

INDEX = Path(__file__).parents[1] / "index"
SAY = {"Unreadable", "Skipped", "leave"}  # what is called with a reason as its last argument
OPEN = {  # what is put together elsewhere, as it may then read
    "{}: {}": "line 7 is no JSON: {}",
    "its reader broke down over it; {}": (
        "its reader broke down over it; more than {} GB of memory may have been needed"
    ),
    "the picture is damaged or is none{}": "the picture is damaged or is none ({})",
}
# what returns one
GIVE = {"_refusal", "_refused_link", "_too_large", "_why", "_unseen", "_unsaved", "lacking"}


def test_all_languages_fill_the_same_places() -> None:
    for one in reasons():
        assert set(one) == set(LANGUAGES), one["en"]
        places = {
            language: sorted(f for _, f, _, _ in Formatter().parse(one[language]) if f) for language in one
        }
        assert len(set(map(tuple, places.values()))) == 1, one["en"]


def test_no_reason_is_listed_twice() -> None:
    english = [one["en"] for one in reasons()]
    assert len(set(english)) == len(english)


def test_every_reason_of_the_index_is_listed() -> None:
    said = {
        text for file in INDEX.rglob("*.py") for text in _said(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert {"empty", "its {} text is damaged at byte {}", "a link that leads nowhere", "unknown type"} <= said
    whole = {OPEN.get(text, text).replace("{}", "7") for text in said}
    assert {text for text in whole if not any(one.fullmatch(text) for one, *_ in _table("de"))} == set()


@pytest.mark.parametrize(
    ("reason", "language", "said"),
    [
        ("empty", "fr", "vide"),
        ("empty", "en", "empty"),
        ("empty", "ja", "empty"),
        ("its UTF-8 text is damaged at byte 12", "de", "der UTF-8-Text ist bei Byte 12 beschädigt"),
        ("a scan; OCR is switched off (ocr_languages)", "es", "un escaneo; el OCR está desactivado (ocr_languages)"),
        (
            "it is no whole DOCX file (BadZipFile: File is not a zip file)", "fr",
            "ce n’est pas un fichier DOCX complet (BadZipFile: File is not a zip file)",
        ),
        (
            "it unpacks to 900 MB, from 1.5: this looks like a trap", "es",
            "al descomprimirse pasa de 1,5 a 900 MB: parece una trampa",
        ),
        (
            "only in part: a.bin, b.bin, c.bin, 2 more (unknown type); d.pdf (the PDF has no text layer (a scan); "
            "OCR found no text in it)", "de",
            "nur zum Teil: a.bin, b.bin, c.bin, 2 weitere (unbekannter Typ); d.pdf (das PDF hat keine Textebene "
            "(ein Scan); die OCR fand darin keinen Text)",
        ),
        (
            "only in part: empty (it is no whole DOCX file (ParseError: bad (t): 1)); b (c).x (unknown type)", "de",
            "nur zum Teil: empty (keine vollständige DOCX-Datei (ParseError: bad (t): 1)); b (c).x (unbekannter Typ)",
        ),
        (
            "only in part: box.eml (Hello, a.pdf (the PDF has no text layer (a scan); OCR found no text in it))", "fr",
            "en partie seulement : box.eml (Hello, a.pdf (le PDF n’a pas de couche de texte (un document numérisé) ; "
            "l’OCR n’y a pas trouvé de texte))",
        ),
        (
            "only in part: smile :).bin (unknown type); b.zip (an archive in an archive; unpack it)", "de",
            "nur zum Teil: smile :).bin (unbekannter Typ); b.zip (ein Archiv im Archiv; bitte entpacken)",
        ),
        ("only in part: " + "a.pdf (empty); " * 500 + "b (empty)", "es",
         "solo en parte: " + "a.pdf (vacío); " * 500 + "b (vacío)"),
        ("only in part: formulas without a saved value: 2; open the file in its program and save it", "de",
         "nur zum Teil: Formeln ohne gespeicherten Wert: 2; die Datei in ihrem Programm öffnen und speichern"),
        ("it is no table: expected 3, saw 4 more", "de", "keine Tabelle: expected 3, saw 4 more"),
        ("it cannot be read: Input/output error", "de", "lässt sich nicht lesen: Input/output error"),
        ("something that nobody wrote {0} (yet)", "fr", "something that nobody wrote {0} (yet)"),
        ("its reader broke down over it; more than 2 GB of memory may have been needed", "fr",
         "le programme de lecture s’est arrêté ; il aurait peut-être fallu plus de 2 Go de mémoire"),
    ],
)  # fmt: skip
def test_a_reason_is_said_in_the_language_of_the_page(reason: str, language: str, said: str) -> None:
    assert reason_in(reason, language) == said


@pytest.mark.parametrize(
    "hostile",
    ["OCR failed: " * 400 + "x", "only in part: " * 140 + "x", " (" * 900, "a (b (c) " * 200, ") ; " * 400],
)
def test_what_a_hostile_archive_calls_its_files_comes_to_no_harm(hostile: str) -> None:
    assert reason_in(hostile, "fr").endswith(hostile[-20:])


@given(st.text("ab (); :1", max_size=60))
def test_what_is_not_listed_stays_as_it_is(text: str) -> None:
    assert reason_in(text, "es") == text


def _said(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in SAY:
            found.append(node.args[-1])
        if isinstance(node, ast.Dict):  # what a reading process answers
            found += [
                v for k, v in zip(node.keys, node.values, strict=True) if _key(k) in ("broke", "unreadable")
            ]
        if isinstance(node, ast.FunctionDef) and node.name in GIVE:
            found += [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
    return [text for node in found for text in _texts(node)]


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _key(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _texts(node: ast.expr) -> list[str]:
    """The wordings that an expression may give, what differs as {}; none for a mere name or call."""
    if isinstance(node, ast.Constant):
        return [str(node.value)] if node.value else []
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)]
    return []
