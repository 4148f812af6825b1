"""Text to index terms: words without accents, stemmed in the language of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from index.stopwords import STOP_WORDS

RULES = 1  # raise it when `words` gives other terms
LONGEST = 64  # characters of a word that count: the rest of a line of base64 helps nobody

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip

# Scripts without spaces, and Hangul, whose particles cling to words: Thai to Burmese, Khmer, kana, Han.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks that belong to the letter before them, which \w leaves out: combining, Hebrew, Arabic, Indic.
MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
MARKS += "\u0730-\u074a\u0900-\u0963\u0971-\u0dff"
LETTER = rf"(?:(?![{UNSPACED}])[^\W_]|[{MARKS}])"
TOKEN = re.compile(
    rf"(?P<number>(?<!\w)(?P<groups>\d{{1,3}}(?:[ .,]\d{{3}})+)(?P<decimals>[.,]\d{{1,2}})?"
    rf"(?![.,]?\d)(?!{LETTER})"
    rf"|\d+(?:[.,]\d+)*(?!{LETTER}))"
    rf"|(?P<run>[{UNSPACED}]+)"
    rf"|(?P<word>{LETTER}+(?:'{LETTER}+)*)"
)
# What may stand before an apostrophe without being part of the word: in any language, and in Romance ones.
ELIDED = frozenset(("l", "d", "j", "c", "s", "n", "m", "t", "qu"))
ELIDED_ROMANCE = ELIDED.union(("jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu", "un", "gl", "dell", "nell"))
ELIDED_ROMANCE |= {"sull", "all", "dall", "coll", "quest", "quell", "dov", "cos", "com"}
ROMANCE = frozenset(("fr", "it", "ca", "oc"))
PLAIN = str.maketrans(
    dict.fromkeys("’‘ʼ′´`", "'") | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff⁰¹²³⁴⁵⁶⁷⁸⁹")
)  # one apostrophe; no soft hyphens, joiners and footnote marks
ACCENTS = re.compile("[\u0300-\u036f]+")


def fingerprint() -> str:
    """What the terms of a text depend on besides the text: they are kept between builds while this stays."""
    import Stemmer

    return f"{RULES}, Stemmer {Stemmer.version()}, Unicode {unicodedata.unidata_version}"


def words(text: str, language: str) -> list[str]:
    """The index terms of a text in `language` (ISO 639-1), in order: unaccented stems, whole numbers (groups
    joined, a point for the decimals), pairs of characters in scripts without spaces; no function words."""
    stop = STOP_WORDS.get(language, frozenset())
    stem = _stemmer(language)
    found: list[str] = []
    for match in TOKEN.finditer(_plain(text, language)):
        if match.lastgroup == "number":
            found.append(_number(match))
        elif match.lastgroup == "run":
            found.extend(_pairs(match.group()))
        else:
            parts = (part for part in _parts(match.group(), language) if part not in stop)
            terms = (_unaccented(stem(part[:LONGEST])) for part in parts)
            found.extend(term for term in terms if term)  # a lone accent leaves nothing
    return found


def _plain(text: str, language: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(PLAIN))
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")
    return text.casefold()


def _stemmer(language: str) -> Callable[[str], str]:
    if language not in STEMMERS:
        return str
    import Stemmer

    stemmer = Stemmer.Stemmer(STEMMERS[language])  # a new one: they are not to be shared by threads
    stemmer.maxCacheSize = 0  # its cache takes longer than the stemming
    stem: Callable[[str], str] = stemmer.stemWord
    return stem


def _number(match: re.Match[str]) -> str:
    whole, decimals = match["groups"], match["decimals"] or ""
    number = (re.sub("[ .,]", "", whole) + decimals if whole else match.group()).replace(",", ".")
    return number if number.isascii() else "".join(str(unicodedata.decimal(c, c)) for c in number)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _parts(token: str, language: str) -> list[str]:
    """What stands around the apostrophes of one token, elided words left out."""
    if "'" not in token:
        return [token]
    parts = token.split("'")
    if language in ROMANCE:
        return [part for part in parts[:-1] if part not in ELIDED_ROMANCE] + parts[-1:]
    if language == "tr" or (language == "en" and parts[-1] == "s"):
        parts = parts[:1] if language == "tr" else parts[:-1]  # case endings of names; the genitive
    return ["".join(parts[1:] if parts[0] in ELIDED and len(parts) > 1 else parts)]


def _unaccented(word: str) -> str:
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", ACCENTS.sub("", unicodedata.normalize("NFD", word)))
