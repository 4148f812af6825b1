"""HTML to text: the article without its page, through trafilatura."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from index.errors import Unreadable
from index.formats.extracted import Extracted, day, tags_in

DATED = {"original_date": True, "extensive_search": False}  # what it says of itself, not what its prose tells
BESIDE = 3  # words of an item of a list: one that says so many beside its links is no menu
_RAISED = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
_LANG = re.compile(r"<html[^>]*?\blang\s*=\s*[\"']?([a-zA-Z]{2})\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title\s*>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


def declared_charset(data: bytes) -> str:
    """The encoding that the page names for itself, or ""."""
    found = _CHARSET.search(data[:4096])
    return found[1].decode("ascii", "replace") if found else ""


def read_html(markup: str) -> Extracted:
    """The article of a page, and what the page says of it. Paragraphs are blank lines apart.

    Raises Unreadable where the page cannot be parsed.
    """
    import trafilatura

    whole = markup if "<html" in markup[:4096].lower() else f"<html><body>{markup}</body></html>"
    try:
        tree = trafilatura.load_html(whole)
        told: Any = trafilatura.extract_metadata(whole, date_config=DATED) if tree is not None else None
        text = _article(_kept(tree, whole=True)) if told else ""
        if told and "\n" not in text:  # of too little it gives the whole page, menus and all, in one line
            text = _article(_kept(trafilatura.load_html(whole), whole=False))
        if not text.strip():
            text = str(trafilatura.html2txt(whole) or "")
    except Exception as error:  # the parsers below raise many kinds; the page is at fault, and listed with it
        raise Unreadable(f"the page cannot be parsed ({type(error).__name__}: {error})") from error
    title = str(told.title or "") if told else ""
    if not title and (declared := _TITLE.search(whole)):
        title = unescape(declared[1])
    language = _LANG.search(whole)
    return Extracted(
        _spaced(text),
        " ".join(title.split()),
        language[1].lower() if language else "",
        author=" ".join(str(told.author or "").split()) if told else "",
        date=day(told.date) if told else "",
        address=str(told.url or "") if told else "",
        tags=tags_in(",".join(told.tags or ())) if told else (),
    )


def _article(tree: Any) -> str:
    import trafilatura

    page: Any = trafilatura.bare_extraction(tree, include_comments=False)
    return str(page.text or "") if page else ""


def _kept(tree: Any, whole: bool) -> Any:
    """The page so that trafilatura leaves out none of its text: inside of words and sentences it drops some elements
    whole, and lists that look like menus; without an article it keeps little but paragraphs, so the `whole` is one."""
    for inline in list(tree.iter("time", "output", "label", "math")):
        inline.drop_tag()
    for raised in list(tree.iter("sup")):
        if re.fullmatch(r"[\d+\-()]+", raised.text_content().strip()):
            raised.text = raised.text_content().strip().translate(_RAISED)
            raised.drop_tag()
    for item in tree.iter("li"):
        linked = list(item.iter("a"))
        words = len(re.findall(r"\w+", item.text_content()))
        if words - sum(len(re.findall(r"\w+", a.text_content())) for a in linked) >= BESIDE:
            for link in linked:
                link.drop_tag()
    body = tree.find("body")
    if whole and body is not None and tree.find(".//article") is None and tree.find(".//main") is None:
        for beside in list(body.iter("nav", "header", "footer", "form", "button")):
            says = beside.find(".//h1") is not None or (
                beside.tag == "form" and beside.find(".//p") is not None
            )
            if not says and beside.getparent() is not None:  # some pages stand in a form as a whole
                beside.drop_tree()
        article = body.makeelement("article")
        article.text, body.text = body.text, None
        article.extend(list(body))
        body.append(article)
    return tree


def _spaced(text: str) -> str:
    """trafilatura gives each paragraph, item and table row a line; rows of a list or table stay together."""
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    parts: list[str] = []
    for number, row in enumerate(rows):
        if number:
            alike = row[0] == rows[number - 1][0] and row[0] in "-|"
            parts.append("\n" if alike else "\n\n")
        parts.append(row)
    return "".join(parts)
