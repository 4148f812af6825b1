"""The nouns of an answer. Every one is frozen; every offset counts code points of the document's text."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.types import Changes, Hit, Skipped, Span

CONTEXT = 32  # characters that a citation keeps before and after its quote, to find it again
# the fields of a citation that are always whole numbers
NUMBERS = ("number", "start", "end", "quote_start", "quote_end")


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation: the question as it was read, and the first answer or ""."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that a reader proposes: `document.text[span.start:span.end]`, inside its sentence `quote`.

    `score` is a probability in [0, 1] that the span answers the question; `rank` is its passage's, from 1. `margin` is
    how much more was read in it than that nothing answers; None where no reader says so, or it was saved.
    """

    document: str
    span: Span
    quote: Span
    score: float
    rank: int
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer stands, checkable from the source file alone (see `assistant.verify`)."""

    number: int
    document: str
    title: str
    language: str
    page: int | None
    start: int
    end: int
    quote: str
    quote_start: int
    quote_end: int
    prefix: str
    suffix: str
    source_sha256: str
    text_sha256: str
    unit: str = ""  # what `place` is: "page", "slide", "row", "chapter", …; "" where the format has no parts
    place: str = ""  # the part's name: a page's number, a chapter's title, a time
    author: str = ""
    date: str = ""  # of the document, as it says itself: ISO 8601
    address: str = ""  # where it was taken from, as it says itself
    tags: tuple[str, ...] = ()  # the keywords that it gives itself
    copies: tuple[str, ...] = ()  # other files, nearly the same, in which the quote stands word for word
    # how sure OCR was of the quote, in [0, 1]; None where the text is the file's own
    ocr: float | None = None
    offsets: str = "file"  # "file": of the file's decoded text; "extracted": of the text taken out of it

    @property
    def parts(self) -> tuple[str, str, str]:
        """The quote before the answer, the answer, and the quote after it."""
        start, end = self.start - self.quote_start, self.end - self.quote_start
        return self.quote[:start], self.quote[start:end], self.quote[end:]


@dataclass(frozen=True, slots=True)
class Answer:
    """A verbatim span and the places where it stands; `text` is that of the first citation."""

    text: str
    confidence: float
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class PassageUse:
    """A retrieved passage, and whether an answer was taken from it."""

    hit: Hit
    used: bool


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which index answered."""

    generation: str
    documents: int
    passages: int
    model: str
    built_at: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Status:
    """How the index stands to its folder. `index` is None where none serves; `problem` says why, or is ""."""

    index: IndexState | None
    changes: Changes
    skipped: tuple[Skipped, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """All that one question brought: answers, or none and a reason."""

    question: str
    readings: tuple[str, ...]
    status: str  # "answered" or "refused"
    reason: str  # why it was refused, in the question's language; "" when answered
    answers: tuple[Answer, ...]
    passages: tuple[PassageUse, ...]
    index: IndexState
    language: str  # of the question, as detected
    timings_ms: dict[str, float] = field(default_factory=dict)
    several: bool = False  # the question asks for a list: answers that differ then belong together
    disagreement: tuple[int, ...] = ()  # numbers of the citations that cannot all be right
    refusal: str = ""  # why it was refused: "nothing", "related" or "uncertain", as in refusals.toml
    closest: Answer | None = None  # when refused: the sentence that came nearest, and no answer
    read: int = 0  # passages that were read, the best ones
    candidates: tuple[Candidate, ...] = ()  # all that the reader proposed, for the reading chosen
    support: tuple[float, ...] = ()  # of each reading: the confidence of what it found, times its weight
