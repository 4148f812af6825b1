"""HTML to text: the article without its page, through trafilatura."""

from __future__ import annotations

import re
from copy import deepcopy
from html import unescape
from typing import Any

from index.errors import Unreadable
from index.formats.extracted import Extracted, day, tags_in
from index.htmlblocks import paragraphs, simplify
from index.htmltables import HEADINGS

DATED = {"original_date": True, "extensive_search": False}  # what it says of itself, not what its prose tells
_LANG = re.compile(r"<html[^>]*?\blang\s*=\s*[\"']?([a-zA-Z]{2})\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title\s*>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"<(?:meta[^>]*?charset|\?xml[^>]*?encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")


def declared_charset(data: bytes) -> str:
    """The encoding that the page names for itself, or ""."""
    found = _CHARSET.search(data[:4096])
    return found[1].decode("ascii", "replace") if found else ""


def read_html(markup: str) -> Extracted:
    """The article of a page, and what the page says of it. Paragraphs are blank lines apart.

    Raises Unreadable where the page cannot be parsed.
    """
    import trafilatura

    whole = _whole(markup)
    try:
        tree = trafilatura.load_html(whole)
        told: Any = trafilatura.extract_metadata(whole, date_config=DATED) if tree is not None else None
        text = (_article(tree) if told else "") or _all(whole)
    except Exception as error:  # the parsers below raise many kinds; the page is at fault, and listed with it
        raise _unparsed(error) from error
    title = str(told.title or "") if told else ""
    language = _LANG.search(whole)
    return Extracted(
        _spaced(text),
        " ".join((title or _declared_title(whole)).split()),
        language[1].lower() if language else "",
        author=" ".join(str(told.author or "").split()) if told else "",
        date=day(told.date) if told else "",
        address=str(told.url or "") if told else "",
        tags=tags_in(",".join(told.tags or ())) if told else (),
    )


def read_part(markup: str) -> Extracted:
    """All text of HTML that is no page with menus around an article: a mail, an entry, a chapter. It is called by its
    first heading, or as it says.

    Raises Unreadable where it cannot be parsed.
    """
    import trafilatura

    whole = _whole(markup)
    try:
        tree: Any = trafilatura.load_html(whole)
        body = tree.find("body") if tree is not None else None
        if body is None:
            return Extracted("")
        for contents in list(body.iter("nav")):
            contents.drop_tree()
        simplify(body, page=False)
        text = _spaced("\n".join(paragraphs(body)))
        headings = (" ".join(one.text_content().split()) for one in body.iter(*HEADINGS))
        title = next(filter(None, headings), "")
    except Exception as error:
        raise _unparsed(error) from error
    return Extracted(text, title or " ".join(_declared_title(whole).split()))


def _whole(markup: str) -> str:
    markup = _DECLARED.sub("", markup, count=1)  # behind it, the parser sees no body of a page without a head
    return markup if "<html" in markup[:4096].lower() else f"<html><body>{markup}</body></html>"


def _unparsed(error: Exception) -> Unreadable:
    return Unreadable(f"the page cannot be parsed ({type(error).__name__}: {error})")


def _declared_title(whole: str) -> str:
    declared = _TITLE.search(whole)
    return unescape(declared[1]) if declared else ""


def _article(tree: Any) -> str:
    """The text, a line for each paragraph. Of too little, trafilatura gives the whole page, menus and all, in one line:
    then each block is taken that is no menu."""
    import trafilatura

    body = tree.find("body")
    if body is None:
        return str(trafilatura.html2txt(tree) or "")
    framed = tree.find(".//article") is not None or tree.find(".//main") is not None
    if not framed:
        _drop_frame(body)
    simplify(body, page=True)
    page: Any = trafilatura.bare_extraction(tree if framed else _as_article(tree), include_comments=False)
    text = str(page.text or "") if page else ""
    rows = list(paragraphs(body, menus=False))
    return text if "\n" in text or text in rows else "\n".join(rows)


def _all(whole: str) -> str:
    """What a page says that seems to have no article: some stand in a form, a header or a `noscript` as a whole."""
    import trafilatura

    tree: Any = trafilatura.load_html(whole)
    body = tree.find("body") if tree is not None else None
    if body is not None:
        simplify(body, page=True)
        rows = list(paragraphs(body, menus=False)) or list(paragraphs(body))
        if rows:
            return "\n".join(rows)
    return str(trafilatura.html2txt(whole) or "")


def _drop_frame(body: Any) -> None:
    for beside in list(body.iter("nav", "header", "footer", "form")):
        says = beside.find(".//h1") is not None or (beside.tag == "form" and beside.find(".//p") is not None)
        if not says and beside.getparent() is not None:  # some pages stand in a form as a whole
            beside.drop_tree()


def _as_article(tree: Any) -> Any:
    """Without an article, trafilatura keeps little but paragraphs, so the whole is one."""
    framed = deepcopy(tree)
    body = framed.find("body")
    article = body.makeelement("article")
    article.extend(list(body))
    body.append(article)
    return framed


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
