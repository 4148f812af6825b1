"""Source files: which are listed, what is read of each format, and why the rest is not."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

import index.documents
from index.decoding import decode
from index.documents import MAX_BYTES, list_sources, read_document
from index.errors import SourcesError, Unreadable
from index.formats.plain import read_markdown
from index.html import declared_charset, read_html
from index.types import Document, Skipped, Source

FRENCH = "L’été dernier, le café coûtait déjà très cher à Orléans ; « ça » n’a pas changé depuis."
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def source(file: Path) -> Source:
    return Source(file.name, file, file.stat().st_size, file.stat().st_mtime_ns)


def read(folder: Path, name: str, data: bytes) -> Document:
    (folder / name).write_bytes(data)
    return read_document(source(folder / name))


def reason(folder: Path, name: str, data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(folder, name, data)
    return str(caught.value)


def test_files_are_listed_by_path(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("z.TXT", "b/c/a.md", "b/page.html", "b/page.htm", "a.pdf"):
        (tmp_path / name).write_bytes(b"text")
    sources, skipped = list_sources(tmp_path)
    assert [one.path for one in sources] == ["a.pdf", "b/c/a.md", "b/page.htm", "b/page.html", "z.TXT"]
    assert skipped == []
    state = (tmp_path / "b/c/a.md").stat()
    assert sources[1] == Source("b/c/a.md", tmp_path / "b/c/a.md", 4, state.st_mtime_ns)


def test_hidden_names_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".sourcier").mkdir()
    (tmp_path / ".sourcier" / "a.txt").write_text("x")
    (tmp_path / ".hidden.txt").write_text("x")
    assert list_sources(tmp_path) == ([], [])


def test_what_is_no_source_is_listed_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.documents, "MAX_BYTES", 1_000_000)
    for name in ("README", "readme.md", "data.bin", "no_suffix"):
        (tmp_path / name).write_text("x")
    (tmp_path / "big.txt").write_bytes(b"x" * 1_400_000)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "README.md").write_text("a source")
    sources, skipped = list_sources(tmp_path)
    assert [one.path for one in sources] == ["sub/README.md"]
    assert skipped == [
        Skipped("README", "a note about the folder, not a source"),
        Skipped("big.txt", "too large (1 MB; the limit is 1 MB); split it"),
        Skipped("data.bin", "unknown type; README.md lists those that are read"),
        Skipped("no_suffix", "unknown type; README.md lists those that are read"),
        Skipped("readme.md", "a note about the folder, not a source"),
    ]
    assert MAX_BYTES == 100_000_000


@posix
def test_links(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    (inside / ".sourcier").mkdir(parents=True)
    (inside / "real").mkdir()
    for file in (outside / "secret.txt", inside / "real" / "a.txt", inside / ".sourcier" / "b.txt"):
        file.write_text("text")
    links = {
        "good.txt": inside / "real" / "a.txt",
        "out.txt": outside / "secret.txt",
        "outfolder": outside,
        "dead.txt": inside / "none.txt",
        "folder": inside / "real",
        "hidden.txt": inside / ".sourcier" / "b.txt",
        "loop.txt": inside / "loop.txt",
    }
    for name, target in links.items():
        (inside / name).symlink_to(target)
    sources, skipped = list_sources(inside)
    assert [one.path for one in sources] == ["good.txt", "real/a.txt"]
    assert {one.document: one.reason for one in skipped} == {
        "out.txt": "a link pointing outside the folder",
        "outfolder": "a link pointing outside the folder",
        "dead.txt": "a link that leads nowhere",
        "loop.txt": "a link that leads nowhere",
        "folder": "a link to a folder that is listed itself",
        "hidden.txt": "a link to a hidden file",
    }


def test_a_folder_that_breaks_off_is_not_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __enter__(self) -> Broken:
            return self

        def __exit__(self, *_: object) -> None:
            self.close()

        def __iter__(self) -> Broken:
            return self

        def __next__(self) -> None:
            raise OSError(errno.EIO, "Input/output error")

        def close(self) -> None:
            pass

    monkeypatch.setattr(os, "scandir", lambda _: Broken())
    with pytest.raises(SourcesError, match=r"cannot be listed \(Input/output error\)"):
        list_sources(tmp_path)


@posix
def test_a_folder_that_is_a_link_itself_is_listed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_text("text")
    (tmp_path / "real" / "b.txt").symlink_to("a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert [one.path for one in list_sources(tmp_path / "link")[0]] == ["a.txt", "b.txt"]


@posix
def test_pipes_and_sockets_are_skipped_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    monkeypatch.chdir(tmp_path)  # a socket's path may only be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.txt")
        sources, skipped = list_sources(tmp_path)
    assert sources == []
    assert skipped == [Skipped("pipe.txt", "not a regular file"), Skipped("socket.txt", "not a regular file")]
    with pytest.raises(Unreadable, match="not a regular file"):
        read_document(Source("pipe.txt", tmp_path / "pipe.txt", 0, 0))


@posix
def test_names_of_any_characters(tmp_path: Path) -> None:
    for name in ("a b.txt", "été.txt", 'it\'s "q".txt', "new\nline.txt", "back\\slash.txt", "日本.txt"):
        (tmp_path / name).write_text("text")
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as file:
        file.write(b"text")
    sources, skipped = list_sources(tmp_path)
    assert {one.path for one in sources} == {path.name for path in tmp_path.iterdir()} - {"caf\udce9.txt"}
    assert all(read_document(one).text == "text" for one in sources)
    assert skipped == [Skipped("caf\\xe9.txt", "its name is not UTF-8; rename it")]


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="none does not exist; name one with --seeds DIR"):
        list_sources(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourcesError, match="file is not a folder"):
        list_sources(tmp_path / "file")


@pytest.fixture
def mortal_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that its user may be kept out of: root, who may read anything, becomes nobody for a while."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folder is closed to nobody
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


@posix
def test_folders_and_files_without_access(mortal_folder: Path) -> None:
    (mortal_folder / "closed").mkdir()
    (mortal_folder / "a.txt").write_text("text")
    (mortal_folder / "a.txt").chmod(0)
    (mortal_folder / "closed").chmod(0)
    sources, skipped = list_sources(mortal_folder)
    assert skipped == [Skipped("closed", "the folder cannot be listed: Permission denied")]
    with pytest.raises(Unreadable, match=r"permission denied; make it readable: chmod u\+r"):
        read_document(sources[0])
    with pytest.raises(SourcesError, match=r"closed cannot be listed \(Permission denied\)"):
        list_sources(mortal_folder / "closed")


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder nested deeper than Python calls, and then deeper than a path is long; pytest could not remove it."""
    (tmp_path / "top").mkdir()
    monkeypatch.chdir(tmp_path / "top")
    for n, name in enumerate(["a"] * 1100 + ["b" * 250] * 10):
        if n == 1100:
            Path("deep.txt").write_text("text")
        os.mkdir(name)
        os.chdir(name)
    yield tmp_path / "top"
    os.chdir(tmp_path)
    subprocess.run(["rm", "-rf", str(tmp_path / "top")], check=True)


@posix
def test_folders_nested_deeper_than_calls_are_listed(deep: Path) -> None:
    sources, skipped = list_sources(deep)
    assert [one.path for one in sources] == ["a/" * 1100 + "deep.txt"]
    assert [one.reason for one in skipped] == ["the folder cannot be listed: File name too long"]


def test_errors_of_the_system_become_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("text")
    found = source(tmp_path / "a.txt")
    for error, expected in [
        (PermissionError(13, "Permission denied"), "permission denied; make it readable: chmod u+r"),
        (OSError(5, "Input/output error"), "it cannot be read: Input/output error"),
    ]:

        def failing(*_: object, error: OSError = error) -> int:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(index.documents.os, "open", failing)
            with pytest.raises(Unreadable) as caught:
                read_document(found)
        assert str(caught.value) == expected


def test_a_file_deleted_between_listing_and_reading(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    ((found,), _) = list_sources(tmp_path)
    (tmp_path / "a.txt").unlink()
    with pytest.raises(Unreadable, match="it was deleted before it could be read"):
        read_document(found)


def test_a_file_that_grew_since_it_was_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.documents, "MAX_BYTES", 1_000_000)
    assert reason(tmp_path, "a.txt", b"x" * 3_000_000) == "too large (3 MB; the limit is 1 MB); split it"


def test_text_is_the_file_unchanged(tmp_path: Path) -> None:
    text = "\ufeffUn été\r\nà Paris\r\u00a0fin\u2009!\0 e\u0301 \u202e 🙂\n"
    doc = read(tmp_path, "un été.txt", text.encode())
    assert doc.text == text == (tmp_path / "un été.txt").open(encoding="utf-8", newline="").read()
    assert doc.source_sha256 == hashlib.sha256(text.encode()).hexdigest() == doc.text_sha256
    assert (doc.path, doc.kind, doc.pages) == ("un été.txt", "txt", ())


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(deadline=None, max_examples=100)
def test_utf_8_round_trip(text: str) -> None:
    if all(char.isprintable() or char.isspace() for char in text):
        assert decode(text.encode()) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-8-sig"])
def test_french_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    data = FRENCH.encode(encoding)
    doc = read(tmp_path, "a.txt", data)
    assert doc.text.removeprefix("\ufeff") == FRENCH
    assert doc.language == "fr"
    assert doc.source_sha256 == hashlib.sha256(data).hexdigest()
    assert doc.text_sha256 == hashlib.sha256(doc.text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Été", "latin-1"),
        ("L'été dernier, le café coûtait déjà très cher à Orléans.\r\n", "latin-1"),
        ("Über die Straße läuft ein Bär; das kostet fünf Euro.", "latin-1"),
        ("El niño comió piñas en España mañana por la tarde.", "latin-1"),
        ("Привет, мир! Это проверка кодировки текста на русском языке.", "cp1251"),
        ("これは日本語の文章です。文字コードを判定します。", "shift_jis"),
        ("Zażółć gęślą jaźń. Ala ma kota i psa.", "cp1250"),
    ],
)
def test_legacy_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


SAID = "L'été dernier, le café coûtait déjà très cher à Orléans, où l'hôtel a été rénové après la tempête."


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ((SAID + "é").encode()[:-1], SAID + "\ufffd"),
        ((SAID + "€").encode()[:-1], SAID + "\ufffd"),
        (9 * SAID.encode() + b" L\x92\xe9t\xe9 \x81" + SAID.encode(), 9 * SAID + " L’été \ufffd" + SAID),
        ("Le tarif est passé".encode("cp1252"), "Le tarif est passé"),
    ],
)
def test_a_few_bad_bytes_do_not_make_a_file_of_utf_8_another_one(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \r\n\t", "empty", id="white"),
        pytest.param(b"\xef\xbb\xbf\n", "empty", id="mark alone"),
        pytest.param("\u2003\n".encode("utf-16"), "empty", id="white UTF-16"),
        pytest.param(bytes(range(256)) * 20, "not text but binary", id="all bytes"),
        pytest.param(b"\0\x01\x02\x03" * 20, "not text but binary", id="controls"),
        pytest.param(
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\xff\xfe" * 9, "not text but binary", id="picture"
        ),
        pytest.param(b"\xff\xfea\0b", "UTF-16 text is damaged at byte", id="cut UTF-16"),
    ],
)
def test_what_is_no_text(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in reason(tmp_path, "a.txt", data)


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a.md", "\ufeffIntro.\n\n# The *Big* Fund #\n", "The Big Fund"),
        ("a.md", "The fund\n===\ntext", "The fund"),
        ("a.txt", "Menu\nThe new bridge of Lyon\n\nIt opens.", "The new bridge of Lyon"),
        ("my notes.txt", "It opens. It closes.", "my notes"),
        ("a.txt", "# " + "long title " * 50, "a"),
        ("a.md", "# " + "long " * 50, "long " * 39 + "long…"),
    ],
)
def test_titles(tmp_path: Path, name: str, text: str, title: str) -> None:
    assert read(tmp_path, name, text.encode()).title == title


PAGE = f"""<!doctype html><html lang="fr"><head><meta charset="CHARSET"><title>Le fonds | Site</title>
<script>var evil = "<p>bad</p>";</script><style>p {{ color: red }}</style></head><body>
<nav><a href="/">Accueil</a> <a href="/c">Contact</a></nav><article><h1>Le fonds d’été</h1>
<p>{FRENCH}</p><h2>Montant</h2><p>Il est doté de <b>400 millions</b> d’euros.<script>alert(1)</script></p>
<ul><li>un</li><li>deux</li></ul></article><footer>Mentions légales</footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_html_is_its_article(tmp_path: Path, charset: str) -> None:
    doc = read(tmp_path, "a.html", PAGE.replace("CHARSET", charset).encode(charset))
    assert doc.text == (
        f"Le fonds d’été\n\n{FRENCH}\n\nMontant\n\nIl est doté de 400 millions d’euros.\n\n- un\n- deux"
    )
    assert (doc.kind, doc.title, doc.language, doc.pages) == ("html", "Le fonds d’été", "fr", ())
    assert doc.text_sha256 == hashlib.sha256(doc.text.encode()).hexdigest() != doc.source_sha256


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>The fee is 30 euros.</p>", "The fee is 30 euros."),
        ("<html><body><h1>Fees</h1><p>It is 30 euros.</p></body></html>", "Fees\n\nIt is 30 euros."),
        ("<p>a &lt;b&gt; &amp; c</p>", "a <b> & c"),
    ],
)
def test_short_html(markup: str, text: str) -> None:
    assert read_html(markup).text == text


@pytest.mark.parametrize("head", ["<title>{}</title>", "<html><head><title>{}</title></head>"])
def test_a_title_is_read_as_html(head: str) -> None:
    page = head.format("R&amp;D, &lt;b&gt;") + f"<body><p>{'It is 30 euros. ' * 20}</p></body>"
    assert read_html(page).title == "R&D, <b>"


@pytest.mark.parametrize(
    "markup", [b"<script>alert(1)</script>", b"<html><body></body></html>", b"<!-- no -->"]
)
def test_html_without_text_is_empty(tmp_path: Path, markup: bytes) -> None:
    assert reason(tmp_path, "a.html", markup) == "empty"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("<div>" * 20_000 + "deep", "", id="nested deeper than the parser goes"),
        pytest.param("<p>a\0b\ud800</p>", "ab", id="NUL and a lone surrogate"),
        pytest.param("<a <b <<!-- ]]> &#xD800;", "\ufffd", id="no HTML at all"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_broken_html(markup: str, text: str) -> None:
    assert read_html(markup).text == text


def test_a_failing_parser_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("trafilatura.bare_extraction", failing)
    with pytest.raises(Unreadable, match=r"cannot be parsed \(RecursionError: too deep\)"):
        read_html("<p>a</p>")


def test_declared_charset() -> None:
    assert declared_charset(b'<meta charset="Shift_JIS">') == "Shift_JIS"
    assert declared_charset(b"<meta http-equiv=x content='text/html; charset=koi8-r'>") == "koi8-r"
    assert declared_charset(b"<p>no</p>") == ""
    assert decode("Привет, мир".encode("koi8-r"), "koi8-r") == "Привет, мир"
    assert decode("déjà vu à Orléans".encode("cp1252"), "no-such-charset") == "déjà vu à Orléans"


def test_pdf(tmp_path: Path) -> None:
    made = FPDF()
    made.set_font("helvetica", size=12)
    made.set_title("Le fonds")
    for words in ("Le fonds a 400 millions de francs.", "Il ouvre en mai et il ferme en juin."):
        made.add_page()
        made.cell(text=words)
    doc = read(tmp_path, "a.PDF", bytes(made.output()))
    assert doc.text == "Le fonds a 400 millions de francs.\n\nIl ouvre en mai et il ferme en juin."
    assert (doc.kind, doc.title, doc.language, len(doc.pages)) == ("pdf", "Le fonds", "fr", 2)
    assert "cut off" in reason(tmp_path, "b.pdf", bytes(made.output())[:-300])
    assert reason(tmp_path, "c.pdf", b"") == "empty"


def test_front_matter_is_no_title() -> None:
    body = b"---\nauthor: Ada Byron King\ndate: 2023-01-02\n---\n\n"
    assert read_markdown(body + b"The mill was sold in May.\n").title == ""
    assert read_markdown(body + b"# The mill\n\nIt was sold.\n").title == "The mill"
