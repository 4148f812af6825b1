"""Invented towns: documents of known facts in five languages, and the questions that they answer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from html import escape
from pathlib import Path

LANGUAGES = {
    "en": {
        "founded": ("{town} was founded in {year}.", "In which year was {town} founded?"),
        "mayor": ("The mayor of {town} is called {mayor}.", "Who is the mayor of {town}?"),
        "people": ("Some {people} people live in {town}.", "How many people live in {town}?"),
        "bridge": (
            "The old bridge of {town} is {bridge} metres long.",
            "How long is the old bridge of {town}?",
        ),
        "dish": ("Visitors to {town} come for its {dish}.", "What do visitors to {town} come for?"),
        "filler": "The valley is quiet for most of the year, and the road follows the river.",
    },
    "fr": {
        "founded": ("{town} a été fondée en {year}.", "En quelle année {town} a-t-elle été fondée ?"),
        "mayor": ("Le maire de {town} s'appelle {mayor}.", "Qui est le maire de {town} ?"),
        "people": ("Environ {people} personnes vivent à {town}.", "Combien de personnes vivent à {town} ?"),
        "bridge": (
            "Le vieux pont de {town} mesure {bridge} mètres de long.",
            "Quelle est la longueur du vieux pont de {town} ?",
        ),
        "dish": (
            "Les visiteurs viennent à {town} pour sa spécialité, « {dish} ».",
            "Pour quelle spécialité vient-on à {town} ?",
        ),
        "filler": "La vallée reste calme presque toute l'année, et la route longe la rivière.",
    },
    "de": {
        "founded": ("{town} wurde im Jahr {year} gegründet.", "In welchem Jahr wurde {town} gegründet?"),
        "mayor": ("Der Bürgermeister von {town} heißt {mayor}.", "Wer ist der Bürgermeister von {town}?"),
        "people": ("In {town} leben rund {people} Menschen.", "Wie viele Menschen leben in {town}?"),
        "bridge": (
            "Die alte Brücke von {town} ist {bridge} Meter lang.",
            "Wie lang ist die alte Brücke von {town}?",
        ),
        "dish": ("Besucher kommen nach {town} wegen der {dish}.", "Weshalb kommen Besucher nach {town}?"),
        "filler": "Das Tal ist die meiste Zeit des Jahres still, und die Straße folgt dem Fluss.",
    },
    "es": {
        "founded": ("{town} fue fundada en {year}.", "¿En qué año fue fundada {town}?"),
        "mayor": ("El alcalde de {town} se llama {mayor}.", "¿Quién es el alcalde de {town}?"),
        "people": ("En {town} viven unas {people} personas.", "¿Cuántas personas viven en {town}?"),
        "bridge": (
            "El puente viejo de {town} mide {bridge} metros de largo.",
            "¿Cuánto mide el puente viejo de {town}?",
        ),
        "dish": ("Los visitantes van a {town} por su {dish}.", "¿Por qué van los visitantes a {town}?"),
        "filler": "El valle está tranquilo casi todo el año, y la carretera sigue el río.",
    },
    "it": {
        "founded": ("{town} fu fondata nel {year}.", "In che anno fu fondata {town}?"),
        "mayor": ("Il sindaco di {town} si chiama {mayor}.", "Chi è il sindaco di {town}?"),
        "people": ("A {town} vivono circa {people} persone.", "Quante persone vivono a {town}?"),
        "bridge": (
            "Il vecchio ponte di {town} è lungo {bridge} metri.",
            "Quanto è lungo il vecchio ponte di {town}?",
        ),
        "dish": ("I visitatori vengono a {town} per la {dish}.", "Per che cosa si viene a {town}?"),
        "filler": "La valle è tranquilla per quasi tutto l'anno, e la strada segue il fiume.",
    },
}
FACTS = ("founded", "mayor", "people", "bridge", "dish")
SYLLABLES = "bra lo ven ta mir do kel su ran pi gor ne tal vi sor ma dun fe lar qui".split()
NAMES = "Ada Okafor;Émile Roux;Jürgen Weiß;Íñigo Peña;Chiara Bò;Noor Haddad;Sven Åberg;Zoë Laval".split(";")
FEW = 4000  # towns: of three syllables there are some 8000 names
DISHES = "plum tart;soupe d'orties;Kirschsuppe;torta de maíz;crostata di fichi".split(";")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, in its document's language, and the sentence there that answers it."""

    text: str
    language: str
    document: str
    sentence: str


def write_towns(folder: Path, count: int, seed: int = 7) -> list[Question]:
    """Write `count` documents (txt, md and html by turns, five languages) and return their questions."""
    rng = random.Random(seed)
    towns: dict[str, None] = {}
    syllables = 3 if count <= FEW else 4
    while len(towns) < count:
        towns["".join(rng.choices(SYLLABLES, k=syllables)).capitalize()] = None
    questions = []
    for n, town in enumerate(towns):
        language = list(LANGUAGES)[n % len(LANGUAGES)]
        values = {
            "town": town, "year": rng.randint(1050, 1890), "mayor": rng.choice(NAMES), "dish": rng.choice(DISHES),
            "people": rng.randint(900, 98_000), "bridge": rng.randint(18, 420),
        }  # fmt: skip
        pairs = [LANGUAGES[language][fact] for fact in FACTS]
        sentences = [statement.format(**values) for statement, _ in pairs]
        name = f"{town.lower()}.{('txt', 'md', 'html')[n % 3]}"
        (folder / name).write_text(
            _body(name, town, sentences, str(LANGUAGES[language]["filler"])), encoding="utf-8"
        )
        questions += [
            Question(asked.format(**values), language, name, sentence)
            for (_, asked), sentence in zip(pairs, sentences, strict=True)
        ]
    return questions


def _body(name: str, town: str, sentences: list[str], filler: str) -> str:
    paragraphs = [" ".join([*sentences[:3], filler]), " ".join([filler, *sentences[3:], filler])]
    if name.endswith(".html"):
        inside = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        return f"<html><head><title>{town}</title></head><body><h1>{town}</h1>{inside}</body></html>"
    heading = f"# {town}\n\n" if name.endswith(".md") else ""
    return heading + "\n\n".join(paragraphs) + "\n"
