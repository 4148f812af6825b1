"""A Reply as JSON (the public contract), as text for the terminal and as Markdown for the clipboard."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from assistant.provenance import dated, in_documents, untranslated
from assistant.types import Answer, Citation, Reply
from assistant.why import Weighed, weigh
from prompts import message

CLOSEST = 3  # passages shown under a refusal
SHOWN = 300  # characters of each
_BRACKETS = (("⟦", "⟧"), ("⟪", "⟫"), ("⦗", "⦘"))
_BOLD = ("\x1b[1m", "\x1b[0m")
# What a terminal would obey, or could not print: controls, directional overrides, lone surrogates.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKUP = re.compile(r"[\\`*_\[\]<>#~|&$]")
_AT_START = re.compile(r"^([ \t]*\d*)((?<=\d)[.)]|(?<!\d)[-+=])", re.MULTILINE)  # a list or a heading


def to_json(reply: Reply) -> dict[str, Any]:
    """The reply as `reply.schema.json` describes it; every offset counts code points."""
    return {
        "question": reply.question,
        "readings": list(reply.readings),
        "status": reply.status,
        "reason": reply.reason,
        "refusal": reply.refusal,
        "answers": [_said(answer) for answer in reply.answers],
        "several": reply.several,
        "disagreement": list(reply.disagreement),
        "closest": _said(reply.closest) if reply.closest else None,
        "support": list(reply.support),
        "read": reply.read,
        "passages": [_passage(one) for one in weigh(reply)],
        "index": asdict(reply.index),
        "timings_ms": dict(reply.timings_ms),
    }


def dumps(value: object, *, ascii_only: bool = False, indent: int | None = 2) -> str:
    """JSON text that any UTF-8 stream takes and no terminal obeys; what it says is `value` unchanged."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_text(reply: Reply, language: str, *, bold: bool = False) -> str:
    """The reply for a terminal: each answer in its sentence, marked, or the reason and what came closest."""
    blocks = [message("page_read_as", language, reading=visible(reading))] if (reading := bent(reply)) else []
    if reply.status != "answered":
        return "\n\n".join([*blocks, _refusal(reply, language)])
    blocks += [
        *disagreeing(reply, language),
        *(_answer(one, reply.language, language, bold) for one in reply.answers),
    ]
    return "\n\n".join(blocks)


def bent(reply: Reply) -> str:
    """How a question was read that leans on the ones before, or "" if it was taken as it stands."""
    return "" if reply.readings[:1] in ((), (reply.question,)) else reply.readings[0]


def disagreeing(reply: Reply, language: str) -> list[str]:
    """One sentence that says which citations contradict each other; none where none do."""
    if not reply.disagreement:
        return []
    return [message("confidence_disagree", language, numbers=", ".join(f"[{n}]" for n in reply.disagreement))]


def to_markdown(answer: Answer, language: str = "en") -> str:
    """The answer's sentences, quoted with the answer in bold, and where each stands."""
    blocks = []
    for citation in answer.citations:
        before, span, after = (visible(part) for part in citation.parts)
        quote = _AT_START.sub(r"\1\\\2", _inline(before) + _strong(span) + _inline(after))
        quoted = "\n".join(f"> {line.strip()}" for line in quote.split("\n"))  # four spaces would be code
        blocks.append(f"{quoted}\n>\n> {_inline(reference(citation, language))}")
    return "\n\n".join(blocks)


def reference(citation: Citation, language: str) -> str:
    """Number, title, place, date and digest of a citation, and the copies that say it too."""
    facts = [
        one_line(citation.date),
        f"SHA-256 {citation.source_sha256}",
        in_copies(citation, language) if citation.copies else "",
    ]
    place = _place(citation, language) + _scanned(citation, language)
    told = "; ".join([place, *(one for one in facts if one)])
    return f"[{citation.number}] {one_line(citation.title)} ({told})"


def confidence_words(confidence: float, language: str) -> str:
    """A probability in words: high from 0.85, fair from 0.65, low below."""
    level = "high" if confidence >= 0.85 else "fair" if confidence >= 0.65 else "low"
    return message(f"confidence_{level}", language)


def visible(text: str) -> str:
    """`text` with all that a terminal would obey replaced by something to see; line breaks and tabs stay."""
    return _UNPRINTABLE.sub(_placeholder, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`visible` for names and titles: line breaks and tabs are shown too, as ␊ and ␉."""
    return _UNPRINTABLE.sub(_placeholder, text).replace("\n", "␊").replace("\t", "␉")


def escape(text: str) -> str:
    """`text` so that Markdown shows it as it is."""
    return _AT_START.sub(r"\1\\\2", _inline(text))


def _inline(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _strong(span: str) -> str:
    """Bold, but for the white space at its ends, beside which ** would not count."""
    core = span.strip()
    lead = span[: len(span) - len(span.lstrip())]
    return f"{lead}**{_inline(core)}**{span[len(lead) + len(core) :]}" if core else span


def _placeholder(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def _said(answer: Answer) -> dict[str, Any]:
    return {**asdict(answer), "citations": [asdict(citation) for citation in answer.citations]}


def _passage(one: Weighed) -> dict[str, Any]:
    hit, passage = one.use.hit, one.use.hit.passage
    return {
        "rank": hit.rank,
        "document": passage.document,
        "language": passage.language,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": hit.score,
        "dense": hit.dense,
        "lexical": hit.lexical,
        "confidence": one.confidence,
        "words": list(one.words),
        "used": one.use.used,
    }


def _answer(answer: Answer, asked: str, language: str, bold: bool) -> str:
    lines = []
    for citation in answer.citations:
        label = f"[{citation.number}] "
        lines.append(_indent(label + _marked(citation, bold), len(label)))
        about_it = _standing(citation, answer.confidence, asked, language)
        lines += [" " * len(label) + one for one in about_it]
    together = in_documents(answer, language)
    return "\n".join([*lines, f"    {together}"] if together else lines)


def _standing(citation: Citation, confidence: float, asked: str, language: str) -> list[str]:
    """The lines under a quote: place, date and confidence; that it is in another language than the question."""
    sure = confidence_words(confidence, language)
    place = _place(citation, language) + _scanned(citation, language)
    facts = [place, one_line(dated(citation, language)), sure]
    foreign = untranslated(citation, asked, language)
    copies = in_copies(citation, language) if citation.copies else ""
    return [" · ".join(fact for fact in facts if fact), *(line for line in (foreign, copies) if line)]


def part_of(citation: Citation, language: str) -> str:
    """The part of the document that it stands in, as people call it: "page 3", "slide 2"; "" where there are none."""
    return (
        message(f"page_at_{citation.unit}", language, place=one_line(citation.place)) if citation.unit else ""
    )


def badge(citation: Citation, language: str) -> str:
    """That the quote was read by OCR, and how surely; "" where it is the file's own text."""
    if citation.ocr is None:
        return ""
    return message("page_ocr", language, percent=round(100 * citation.ocr))


def in_copies(citation: Citation, language: str) -> str:
    """In which other files the quote stands, every one named: "also in 2 other files: a.txt, b.txt"."""
    paths = ", ".join(map(one_line, citation.copies))
    return f"{count('page_copies', len(citation.copies), language)}: {paths}"


def count(key: str, n: int, language: str) -> str:
    """`key`_one or `key`_many, as the language wants for `n`."""
    single = n == 1 or (n == 0 and language == "fr")
    return message(f"{key}_{'one' if single else 'many'}", language, n=n)


def _marked(citation: Citation, bold: bool) -> str:
    free = [pair for pair in _BRACKETS if not any(mark in citation.quote for mark in pair)]
    begin, end = _BOLD if bold else (free or _BRACKETS)[0]
    before, span, after = (visible(part) for part in citation.parts)
    return f"{before}{begin}{span}{end}{after}"


def _place(citation: Citation, language: str) -> str:
    page = f", {part_of(citation, language)}" if citation.unit else ""
    key = "cli_place_file" if citation.offsets == "file" else "cli_place_extracted"
    document = one_line(citation.document)
    return message(key, language, document=document, page=page, start=citation.start, end=citation.end)


def _scanned(citation: Citation, language: str) -> str:
    return f" · {shown}" if (shown := badge(citation, language)) else ""


def _refusal(reply: Reply, language: str) -> str:
    lines = [visible(reply.reason)]
    if reply.closest:
        [citation] = reply.closest.citations
        lines += ["", message("confidence_closest", language), _indent("  " + visible(citation.quote), 2)]
        about_it = _standing(citation, reply.closest.confidence, reply.language, language)
        lines += [f"  {one}" for one in about_it]
    closest = sorted(reply.passages, key=lambda use: use.hit.rank)[:CLOSEST]
    if closest:
        lines += ["", message("cli_closest", language)]
    for use in closest:
        passage = use.hit.passage
        text = visible(passage.text.strip())
        shown = text if len(text) <= SHOWN else text[:SHOWN].rstrip() + "…"
        place = one_line(passage.document)
        lines.append(message("cli_not_used", language, document=place, start=passage.start, end=passage.end))
        lines.append(_indent("  " + shown, 2))
    return "\n".join(lines)


def _indent(text: str, width: int) -> str:
    return re.sub(r"\n(?!\n|$)", "\n" + " " * width, text)
