"""What an answer says of its own standing: in how many documents it is, in whose language, and of what date."""

from __future__ import annotations

from assistant.types import Answer, Citation
from prompts import language_name, message


def in_documents(answer: Answer, language: str) -> str:
    """In how many documents it stands, or "" for one citation, which names its own.

    Two files with the same text are one document: a copy says nothing that the other doesn't.
    """
    if len(answer.citations) < 2:
        return ""
    n = len({citation.text_sha256 for citation in answer.citations})
    return message(f"confidence_documents_{'one' if n == 1 else 'many'}", language, n=n)


def untranslated(citation: Citation, asked: str, language: str) -> str:
    """That the quote is in another language than the question, `asked`, and stands as it is; "" where it is not."""
    if citation.language == asked:
        return ""
    return message("confidence_quoted", language, name=language_name(citation.language, language))


def dated(citation: Citation, language: str) -> str:
    """Of what date the document is, as it says itself: ISO 8601; "" where it says none."""
    return message("confidence_dated", language, date=citation.date) if citation.date else ""
