"""What a page holds and nobody reads there: scripts, what is hidden, buttons."""

from __future__ import annotations

import re
from typing import Any

from index.htmltables import HEADINGS

_DEAD = (
    "script style noscript template svg object iframe canvas audio video map select datalist textarea input rp rt "
    "annotation annotation-xml del s strike"
).split()
# Written for those who hear a page, or for its editors: it stands in the midst of sentences and headings.
_UNSEEN = frozenset("sr-only visually-hidden screen-reader-text mw-editsection footnote-back".split())
_NO_DISPLAY = re.compile(r"display:\s*none")


def drop_hidden(body: Any, page: bool) -> None:
    """Take it out of `body`, and the buttons but for the words of those in headings."""
    opened = {one.get("aria-controls") for one in body.iter() if one.get("aria-controls")}
    for element in list(body.iter()):
        if not isinstance(element.tag, str):
            gone = True
        else:
            gone = element.tag.rpartition(":")[2] in _DEAD or _is_hidden(element, opened, page)
        if gone and element.getparent() is not None:
            element.drop_tree()
    for heading in body.iter(*HEADINGS):
        for button in list(heading.iter("button")):
            button.drop_tag()
    for button in list(body.iter("button")):
        button.drop_tree()


def _is_hidden(element: Any, opened: set[str], page: bool) -> bool:
    """What shows by a click (a tab, an answer under its question) is not hidden."""
    if element.tag == "body" or element.get("id") in opened or element.get("role") == "tabpanel":
        return False
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        return True
    if not _UNSEEN.isdisjoint((element.get("class") or "").split()) or element.get("role") == "doc-backlink":
        return True
    style = element.get("style") or ""
    return not page and bool(_NO_DISPLAY.search(style)) and next(element.iter("math"), None) is None
