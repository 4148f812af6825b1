"""What a page, a mail, an entry or a chapter says in HTML comes out sentence by sentence, and nothing runs together."""

from __future__ import annotations

import io
import random
import re
import zipfile
from email.message import EmailMessage

import pytest

from index.formats import extract
from index.html import read_html, read_part

PLAIN = "<p>The pool of Hameau reopened after two years of works, the town council said in its report.</p>"
LONG = PLAIN * 9
WRAPPED = "The pier is open to all who come by boat or by train to the north"


def beside(inside: str) -> str:
    """As a page says it in the midst of a long article."""
    text = read_html(f"<html><body>{LONG}{inside}{LONG}</body></html>").text
    return "\n\n".join(part for part in text.split("\n\n") if not part.startswith("The pool of Hameau"))


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('312<sup><a href="#n2">2</a></sup> metres', "312² metres"),
        ("312<sup><span>2</span></sup> metres", "312² metres"),
        ("<b>312</b><sup>1,2</sup> metres", "312¹,² metres"),
        ("10<sup>−6</sup> of 2<sup>n</sup> or 10<sup>1.5</sup>", "10⁻⁶ of 2ⁿ or 10¹.⁵"),
        ("400<sup>a</sup> million, 400<sup>b</sup>12", "400 a million, 400 b 12"),
        ("400<sup>*</sup> million [<sup>a</sup>]", "400* million [a]"),
        ("20<sup>th</sup>, 1<sup>er</sup>, 5<sup>a</sup>, M<sup>me</sup>", "20th, 1er, 5a, Mme"),
        ("Ada<sup><a>b</a></sup>", "Ada b"),
        ("in 2014<a epub:type='noteref' href='#f'>1</a> and <a role='doc-noteref'><sup>2</sup></a>", "in 2014¹ and ²"),
        ("by 12%<a href='#fn2'>2</a>, see page <a href='#p5'>5</a>", "by 12%², see page 5"),
        ("as Figure&nbsp;<a href='#fig3'>3</a> and §<a href='#p5'>5</a> tell", "as Figure 3 and §5 tell"),
        ("it is told, see the note <a href='#fn2'>2</a>", "it is told, see the note 2"),
        ("we saw it<a href='#_ftn3'>3</a> and told<a href='#cite_note-4'>4</a>", "we saw it³ and told⁴"),
        ("in 2014<a href='#p2'>2</a>", "in 2014 2"),
        ("in 2014<span style='vertical-align: super'>1</span>", "in 2014¹"),
        ("400<small>99</small> euros", "400 99 euros"),
        ("<math><msup><mn>10</mn><mn>6</mn></msup><annotation>10^6</annotation></math> ships", "10⁶ ships"),
        ("<math><mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></math> miles", "2 1/2 miles"),
        ("<del>400</del> <ins>450</ins> million<s>s</s>, <strike>no</strike>", "450 million,"),
        ("She said <q>it will <b>never</b> open</q>, and <q>“no”</q>.", "She said “it will never open”, and “no”."),
        ("It will be <b>400</b> million, see <a href=x>there</a>.", "It will be 400 million, see there."),
    ],
)  # fmt: skip
def test_a_sentence_is_whole_and_its_figures_are_its_own(markup: str, text: str) -> None:
    assert read_part(f"<p>{markup}</p>").text == text
    assert read_html(f"<html><body><p>{markup}</p></body></html>").text == text
    assert beside(f"<p>{markup}</p>") == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "<div dir=ltr>Dear Anna, we met<div>The bridge will cost 400</div><div>12 people came</div></div>",
            "Dear Anna, we met\n\nThe bridge will cost 400\n\n12 people came",
        ),
        ("<div><strong>Budget</strong><div>400</div></div>", "Budget\n\n400"),
        ("<h2>Costs<small>2014</small></h2><p>They fell.</p>", "Costs 2014\n\nThey fell."),
        (
            "<ul><li>Cost 400<p>12 people came</p></li><li>two</li></ul>",
            "- Cost 400\n- 12 people came\n- two",
        ),
        ("<ol><li>one<ul><li>two</li></ul></li><li><p>three</p></li></ol>", "- one\n- two\n- three"),
        ("<ul><li><h3>Boat</h3><p>It cost 5.</p></li></ul>", "Boat\n\nIt cost 5."),
        ("<figure><img><figcaption>The harbour in 1920</figcaption></figure>", "The harbour in 1920"),
        (
            f"<p>{WRAPPED}<br>of the town.<br>12 came.<br><br>and more.</p>",
            f"{WRAPPED} of the town.\n\n12 came.\n\nand more.",
        ),
        (
            "<p>username: ada<br>password: x1<br>server: mail.rome.it</p>",
            "username: ada\n\npassword: x1\n\nserver: mail.rome.it",
        ),
    ],
)
def test_what_stands_apart_on_the_page_stands_apart_in_the_text(markup: str, text: str) -> None:
    assert read_part(markup).text == text
    assert beside(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "<tr><th>Name</th><th>Country</th><th>2020</th></tr><tr><td>Novak</td><td>Slovenia</td><td>€85,000</td></tr>",
            "Name; Country; 2020\n\nName: Novak; Country: Slovenia; 2020: €85,000",
        ),
        (
            "<caption>Costs</caption><thead><tr><td>Item<td>Cost</thead><tr><td>Steel<td>12<tr><td>Wood<td>5",
            "Costs\n\nItem; Cost\n\nItem: Steel; Cost: 12\n\nItem: Wood; Cost: 5",
        ),
        (
            "<tr><th colspan=2>Film</th></tr><tr><th>Director:</th><td>Ada Ek</td></tr>"
            "<tr><th>Cast</th><td><ul><li>Bo</li><li>Cy</li></ul></td></tr>",
            "Film\n\nDirector: Ada Ek\n\nCast: Bo; Cy",
        ),
        (
            "<tr><th></th><th colspan=2>2020</th></tr><tr><th>Town</th><th>Men</th><th>Women</th></tr>"
            "<tr><th>Lis</th><td rowspan=2>5</td><td>6</td></tr><tr><th>Bury</th><td>7</td></tr>",
            "2020\n\nTown; Men; Women\n\nTown: Lis; 2020 Men: 5; 2020 Women: 6\n\n"
            "Town: Bury; 2020 Men: 5; 2020 Women: 7",
        ),
        (
            "<tr><th>Born</th><td>1815</td></tr><tr><th>Died</th><td></td></tr><tr><th>Job</th><td>clerk</td></tr>",
            "Born: 1815\n\nDied\n\nJob: clerk",
        ),
        (
            "<tr><th>Item</th><th>2020</th><th>2nd half</th></tr><tr><td>Tea</td><td>5</td><td>3</td></tr>"
            "<tr><th>Total</th><th>12</th><th>3</th></tr><tr><td>Cup</td><td>7</td><td></td></tr>",
            "Item; 2020; 2nd half\n\nItem: Tea; 2020: 5; 2nd half: 3\n\n"
            "Item: Total; 2020: 12; 2nd half: 3\n\nItem: Cup; 2020: 7",
        ),
        (
            "<tr><th colspan=2>Men</th></tr><tr><th>Name</th><th>Club</th></tr><tr><td>Ek</td><td>Lis</td></tr>"
            "<tr><th colspan=2>Women</th></tr><tr><th>Name</th><th>Time</th></tr><tr><td>Bo</td><td>9 s</td></tr>",
            "Men\n\nName; Club\n\nName: Ek; Club: Lis\n\nWomen\n\nName; Time\n\nName: Bo; Time: 9 s",
        ),
        ("<tr><th>Total</th><th>5,000</th></tr><tr><th>Rent</th><td>3,000</td></tr>", "Total: 5,000\n\nRent: 3,000"),
        (
            "<thead><th>Name</th><th>Year</th></thead><tr><td>Ada</td><td>1815</td></tr><td>Bob</td><td>1900</td>",
            "Name; Year\n\nName: Ada; Year: 1815\n\nName: Bob; Year: 1900",
        ),
        (
            f"<tr><td>Rent</td><td>Due monthly</td></tr><tr><td>Deposit</td><td>{'It is kept; ' * 25}end.</td></tr>",
            f"| Rent | Due monthly |\n| Deposit | {'It is kept; ' * 25}end. |",
        ),
        ("<tr><td>Elm<td>12<tr><td><p>Oak</p><p>Ash</p><td>5", "| Elm | 12 |\n| Oak; Ash | 5 |"),
    ],
)  # fmt: skip
def test_rows_of_a_table_are_readable_alone(markup: str, text: str) -> None:
    assert read_part(f"<table>{markup}</table>").text == text
    assert beside(f"<table class=infobox>{markup}</table>") == text


LETTER = """<table width=100%><tr><td><table width=600><tr><td><h1>Harbour News</h1></td></tr><tr><td>
<h2>Bridge opens in 2014</h2><p>The new bridge cost 400</p><p>12 million people have crossed it.</p></td></tr>
<tr><td><h2>Ferry prices</h2><table><tr><td>Adults</td><td>12 euros</td></tr></table></td></tr>
</table></td></tr></table>"""


def test_a_table_that_arranges_the_page_keeps_its_headings_and_paragraphs() -> None:
    said = [
        "Harbour News", "Bridge opens in 2014", "The new bridge cost 400", "12 million people have crossed it.",
        "Ferry prices", "| Adults | 12 euros |",
    ]  # fmt: skip
    assert read_part(LETTER).text == "\n\n".join(said)
    assert read_html(f"<html><body>{LETTER}</body></html>").text == "\n\n".join(said)
    assert beside(LETTER) == "\n\n".join(said)


def test_a_form_around_the_cells_of_a_row_is_no_part_of_the_table() -> None:
    rows = "<tr><th>Name</th><th>Year</th></tr><tr><form><td>Ada</td><td>1815</td></form></tr>"
    assert read_part(f"<table>{rows}</table>").text == "Name; Year\n\nName: Ada; Year: 1815"


def test_a_cell_that_spans_very_many_places_costs_little() -> None:
    wide = f"<tr><th>A</th><td rowspan=65000 colspan=9999>{'x' * 240}</td></tr>"
    text = read_part(f"<table>{wide}<tr><th>B</th><td>5</td></tr></table>").text
    assert text == f"A: {'x' * 240}\n\nB: 5"


def test_what_a_page_hides_is_left_out_but_not_what_a_click_shows() -> None:
    found = read_html(
        "<html><body><p hidden>The ferry costs 99 euros.</p><p>The ferry costs 12 euros for adults.</p>"
        "<h2><button aria-controls=a>What do children pay?</button></h2>"
        "<p id=a hidden>Children pay 6 euros on every day.</p></body></html>"
    )
    assert found.text == (
        "The ferry costs 12 euros for adults.\n\nWhat do children pay?\n\nChildren pay 6 euros on every day."
    )


HOURS = (
    "<h2>Library hours</h2><div>The library opens at nine each day and closes at six in the evening.</div>"
)


@pytest.mark.parametrize(
    "frame",
    [f"<form id=aspnetForm>{HOURS}</form>", f"<header>{HOURS}</header>", f"<noscript>{HOURS}</noscript>",
     f"<a href='#c'>Skip</a><form>{HOURS}</form>"],
)  # fmt: skip
def test_a_page_that_stands_in_its_frame_as_a_whole_is_read(frame: str) -> None:
    text = read_html(f"<html><body>{frame}</body></html>").text
    assert "The library opens at nine each day and closes at six in the evening." in text


def test_no_word_of_tangled_markup_is_lost_or_said_twice() -> None:
    tags = "div p section li ul ol h2 blockquote td tr table th dl dt dd span b a center pre caption thead".split()

    def tangle(chance: random.Random, depth: int, words: list[str]) -> str:
        if depth == 0 or chance.random() < 0.3:
            words.append(f"w{len(words)}w")
            return f" {words[-1]} "
        tag = chance.choice(tags)
        inside = (tangle(chance, depth - 1, words) for _ in range(chance.randint(0, 4)))
        return f"<{tag}>{''.join(inside)}</{tag}>"

    for seed in range(150):
        words: list[str] = []
        markup = tangle(random.Random(seed), 5, words)
        assert sorted(re.findall(r"w\d+w", read_part(markup).text)) == sorted(words), markup


def letter(plain: str, page: str) -> str:
    mail = EmailMessage()
    mail["Subject"] = "News"
    mail.set_content(plain)
    mail.add_alternative(page, subtype="html")
    return extract(".eml", mail.as_bytes()).text


def test_the_page_of_a_mail_is_read_where_its_plain_text_is_a_stub() -> None:
    page = "<h1>News</h1><p>The bridge opens on <b>5 May 2024</b>, says the mayor of Lisbury.</p>"
    stub = "Please view this message in an HTML-capable mail reader."
    said = "News\n\nThe bridge opens on 5 May 2024, says the mayor of Lisbury."
    assert letter(stub, page) == f"Subject: News\n\n{said}"
    assert letter(" ", page) == f"Subject: News\n\n{said}"
    assert letter("News: the bridge opens on 5 May 2024, says the mayor of Lisbury.", page).endswith(
        "News: the bridge opens on 5 May 2024, says the mayor of Lisbury."
    )
    assert letter("It opens on 5 May.", "<p>See it online</p>") == "Subject: News\n\nIt opens on 5 May."


def test_a_plain_text_and_a_page_that_follow_each_other_are_both_read() -> None:
    mail = EmailMessage()
    mail["Subject"] = "News"
    mail.set_content("See the list.")
    mail.make_mixed()
    page = EmailMessage()
    page.set_content("<ul><li>Steel: 12</li><li>Wood: 5</li></ul>", subtype="html")
    mail.attach(page)
    assert extract(".eml", mail.as_bytes()).text == "Subject: News\n\nSee the list.\n\n- Steel: 12\n- Wood: 5"


def test_an_entry_of_a_feed_has_a_paragraph_for_each_of_its_blocks() -> None:
    body = "<p>It earned 5 million<sup>2</sup>.</p><div>Costs were 3</div><div>7 <a href='x'>work</a> there</div>"
    item = f"<item><title>A</title><description><![CDATA[{body}]]></description></item>"
    rss = f"<rss version='2.0'><channel>{item}</channel></rss>"
    assert extract(".rss", rss.encode()).text == "A\n\nIt earned 5 million².\n\nCosts were 3\n\n7 work there"


def test_a_book_keeps_what_a_page_would_leave_out_and_has_no_unknown_author() -> None:
    chapter = """<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Book</title></head><body class="calibre">
<nav><ol><li><a href="#a">One</a></li></ol></nav><h2 id="a" class="title">One</h2>
<p class="author">The area is 10<sup class="c">6</sup> m<sup>2</sup>.</p><table class="sidebar">
<tr><th>Town</th><th>Men</th></tr><tr><td>Lis</td><td/></tr></table>
<aside epub:type="footnote">It was 401. <a class="footnote-back" href="#r">↩</a></aside></body></html>"""
    package = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:creator>Unknown</dc:creator></metadata>'
        '<manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="p.opf"/></container>')
        archive.writestr("p.opf", package)
        archive.writestr("a.xhtml", chapter)
    found = extract(".epub", data.getvalue())
    assert found.text == "One\n\nThe area is 10⁶ m².\n\nTown; Men\n\nTown: Lis\n\nIt was 401."
    assert ([one.label for one in found.sections], found.author) == (["One"], "")
