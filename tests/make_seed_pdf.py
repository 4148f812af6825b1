"""Writes the PDF of `seeds/`: `python tests/make_seed_pdf.py [FILE]`. The same text gives the same pages."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

TARGET = Path(__file__).parents[1] / "seeds" / "rapport-eau-valbrune.pdf"
TITLE = "Rapport annuel sur l'eau de Valbrune"

# Latin-1 alone, which the fonts that every PDF reader has can show: hence straight apostrophes, and no "œ".
# "#" and "##" open headings, "---" a page.
TEXT = """\
# Rapport annuel sur l'eau de Valbrune, année 2024

## Avertissement

Valbrune est une commune imaginaire. Les mesures, les noms et les montants de ce rapport ont été inventés
pour servir d'exemple.

## 1. D'où vient l'eau

L'eau distribuée à Valbrune provient de deux forages situés dans le vallon des Combes et d'une source captée
au pied du Mont Arvaux. Les forages descendent à 84 et à 112 mètres. La source, plus ancienne, alimente la
ville depuis 1893.

En 2024, les trois ouvrages ont fourni 1 318 000 mètres cubes. La source en représente un cinquième ; ce
volume diminue lentement depuis dix ans, surtout à la fin de l'été.

## 2. Combien on en consomme

Un habitant de Valbrune consomme en moyenne 127 litres d'eau par jour. Cette moyenne était de 141 litres en
2014. Les services techniques attribuent la baisse au renouvellement des appareils ménagers et à la
récupération de l'eau de pluie dans les jardins.

---

## 3. La qualité mesurée

Le laboratoire départemental a prélevé 216 échantillons au cours de l'année. Deux d'entre eux dépassaient la
limite fixée pour les bactéries coliformes, le 9 juillet et le 22 août. Dans les deux cas, le réseau a été
purgé le jour même et l'analyse du lendemain était conforme.

La teneur moyenne en nitrates est de 18 milligrammes par litre. La limite réglementaire est de 50
milligrammes par litre. Aucun pesticide n'a été retrouvé au-dessus du seuil de détection.

L'eau est dure : 31 degrés français en moyenne. Elle ne présente pas de danger, mais elle entartre les
bouilloires et les chauffe-eau.

## 4. L'état du réseau

Le réseau compte 143 kilomètres de conduites. Son rendement atteint 81 %, ce qui veut dire que 19 % de l'eau
se perd avant d'arriver chez l'abonné. Il était de 74 % avant le remplacement des conduites en fonte du
quartier des Tanneurs, achevé en novembre 2023.

Il reste 212 branchements en plomb. Leur suppression est prévue avant la fin de 2027.

---

## 5. Le prix

Le mètre cube est facturé 4,12 euros, assainissement compris. L'abonnement annuel s'élève à 38 euros. Pour
une famille qui consomme 120 mètres cubes, la facture de l'année est donc de 532,40 euros.

Le prix n'a pas changé depuis 2022. Le conseil municipal se prononcera en décembre 2025 sur une hausse de 3
%, destinée à payer les nouvelles canalisations.

## 6. Les travaux à venir

Un troisième forage sera creusé en 2026 dans le vallon des Combes, pour un montant estimé à 740 000 euros.
Il doit remplacer la source pendant les mois secs.

Le château d'eau de la rue Haute, construit en 1931, sera conservé. Il ne sert plus depuis 2019, mais les
habitants y sont attachés : 68 % d'entre eux ont souhaité qu'on le garde lors de la consultation du mois de
mai.

## Contact

Service de l'eau, hôtel de ville, 4 quai des Tanneurs, Valbrune. Responsable du rapport : Bastien Ferrolas.
"""
PAGES = tuple(page.strip() for page in TEXT.split("\n---\n"))
SIZES = {"#": 18, "##": 13}  # points; 11 for paragraphs


class _Report(FPDF):
    def header(self) -> None:
        self.set_font("Helvetica", size=9)
        self.cell(0, 6, "Commune de Valbrune - Service de l'eau", new_x="LMARGIN", new_y="NEXT")
        self.ln(4)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Helvetica", size=9)
        self.cell(0, 6, f"Page {self.page_no()} sur {len(PAGES)}", align="C")


def make_pdf() -> bytes:
    """The report as a PDF; the date inside it is fixed."""
    pdf = _Report()
    pdf.set_creation_date(datetime(2025, 3, 1, tzinfo=UTC))
    pdf.set_title(TITLE)
    pdf.set_author("Sourcier")
    pdf.set_lang("fr")
    pdf.set_margin(25)
    for page in PAGES:
        pdf.add_page()
        for block in page.split("\n\n"):
            _write(pdf, block)
    return bytes(pdf.output())


def _write(pdf: FPDF, block: str) -> None:
    mark, _, rest = block.partition(" ")
    size = SIZES.get(mark, 11)
    text = " ".join((rest if mark in SIZES else block).split())
    pdf.set_font("Helvetica", style="B" if mark in SIZES else "", size=size)
    pdf.multi_cell(0, size * 0.55, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_bytes(make_pdf())
    print(target)
