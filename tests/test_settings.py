"""Settings: which place wins, and what is refused with which words."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from assistant.settings import Settings, load_settings
from index.errors import UsageError


def write(folder: Path, text: str) -> Path:
    path = folder / "sourcier.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_need_nothing(tmp_path: Path) -> None:
    assert load_settings({}, {}, tmp_path) == Settings()
    assert load_settings({"seeds": None, "port": None}, {"HOME": "/x"}, tmp_path) == Settings()
    assert (Settings().seeds, Settings().port, Settings().candidates) == (Path("seeds"), 7860, 20)


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]
    assert not hasattr(Settings(), "__dict__")


def test_flags_win_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    write(tmp_path, 'port = 1001\nread = 4\ncandidates = 30\nmodel = "of the file"\n')
    environ = {"SOURCIER_PORT": "1002", "SOURCIER_READ": "5", "PORT": "9"}
    settings = load_settings({"port": "1003"}, environ, tmp_path)
    assert settings == Settings(port=1003, read=5, candidates=30, model="of the file")


def test_every_setting_is_read_from_each_place(tmp_path: Path) -> None:
    wanted = Settings(
        seeds=tmp_path / "a",
        index=tmp_path / "b",
        model="m",
        reader="r",
        candidates=7,
        read=2,
        threshold=0.25,
        language="fr",
        port=8000,
        open_browser=False,
        build=False,
        watch=True,
        upload_mb=7,
        upload_files=0,
    )
    texts = {name: str(getattr(wanted, name)) for name in Settings.__dataclass_fields__}
    assert load_settings(texts, {}, tmp_path) == wanted
    assert load_settings(dataclasses.asdict(wanted), {}, tmp_path) == wanted
    assert load_settings({}, {f"SOURCIER_{k.upper()}": v for k, v in texts.items()}, tmp_path) == wanted
    write(
        tmp_path,
        'seeds = "a"\nindex = "b"\nmodel = "m"\nreader = "r"\ncandidates = 7\nread = 2\nthreshold = 0.25\n'
        'language = "fr"\nport = 8000\nopen_browser = false\nbuild = false\nwatch = true\n'
        "upload_mb = 7\nupload_files = 0\n",
    )
    assert load_settings({}, {}, tmp_path) == wanted


def test_a_byte_order_mark_is_not_an_error(tmp_path: Path) -> None:
    write(tmp_path, "\ufeffport = 1234\n")
    assert load_settings({}, {}, tmp_path).port == 1234


def test_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, 'index = "~/i"\n')
    settings = load_settings(
        {"seeds": "~/articles", "model": "~/m"}, {"SOURCIER_READER": "~/r"}, tmp_path / "."
    )
    assert settings.seeds == tmp_path / "articles"
    assert settings.index == tmp_path / "i"
    assert (settings.model, settings.reader) == (str(tmp_path / "m"), str(tmp_path / "r"))


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert load_settings({}, {"SOURCIER_PORT": "", "SOURCIER_SEEDS": ""}, tmp_path) == Settings()


@pytest.mark.parametrize("variable", ["SOURCIER_CACHE", "SOURCIER_DATA", "SOURCIER_DEBUG"])
def test_variables_of_other_rooms_are_left_alone(tmp_path: Path, variable: str) -> None:
    assert load_settings({}, {variable: "/anything"}, tmp_path) == Settings()


def test_unknown_key_names_the_file_and_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, "treshold = 0.4\n")
    with pytest.raises(UsageError) as error:
        load_settings({}, {}, tmp_path)
    assert str(path) in str(error.value)
    assert "'treshold'" in str(error.value)
    assert "did you mean threshold?" in str(error.value)


def test_unknown_variable_and_option_name_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'SOURCIER_SEED' is unknown: did you mean SOURCIER_SEEDS"):
        load_settings({}, {"SOURCIER_SEED": "x"}, tmp_path)
    with pytest.raises(UsageError, match="'modle' is unknown: did you mean model"):
        load_settings({"modle": "x"}, {}, tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("candidates = 0", "candidates must be between 1 and 200, not 0", id="low"),
        pytest.param("candidates = 201", "between 1 and 200, not 201", id="high"),
        pytest.param("read = 51", "read must be between 1 and 50", id="read"),
        pytest.param("threshold = 1.01", "threshold must be between 0 and 1", id="threshold"),
        pytest.param("upload_mb = 0", "upload_mb must be between 1 and 100, not 0", id="upload_mb"),
        pytest.param("upload_files = -1", "upload_files must be between 0 and 10000", id="upload_files"),
        pytest.param("threshold = nan", "threshold must be between 0 and 1, not nan", id="nan"),
        pytest.param("port = 65536", "port must be between 1 and 65535", id="port"),
        pytest.param('port = "7860"', "port must be a whole number, not '7860'", id="text for a number"),
        pytest.param("port = true", "port must be a whole number, not True", id="truth for a number"),
        pytest.param("build = 1", "build must be true or false, not 1", id="number for truth"),
        pytest.param("read = 2.0", "read must be a whole number, not 2.0", id="fraction"),
        pytest.param("model = 3", "model must be text, not 3", id="number for text"),
        pytest.param("seeds = 3", "seeds must be a path, not 3", id="number for a path"),
        pytest.param('seeds = ""', "seeds must be a path, not ''", id="empty path"),
        pytest.param('seeds = "a\\u0000b"', "seeds must be a path", id="NUL in a path"),
        pytest.param('language = "it"', "one of en, fr, de, es, or empty, not 'it'", id="language"),
        pytest.param('seeds = "~nobody-at-all/x"', "leads nowhere", id="no such user"),
        pytest.param("[page]\nport = 1", "'page' is unknown", id="table"),
    ],
)
def test_bad_values_of_the_file_are_refused(tmp_path: Path, line: str, words: str) -> None:
    path = write(tmp_path, line)
    with pytest.raises(UsageError) as error:
        load_settings({}, {}, tmp_path)
    assert words in str(error.value)
    assert str(path) in str(error.value)


def test_bad_values_elsewhere_name_their_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="variable SOURCIER_PORT must be a whole number, not 'high'"):
        load_settings({}, {"SOURCIER_PORT": "high"}, tmp_path)
    with pytest.raises(UsageError, match="option --open-browser must be true or false, not 'maybe'"):
        load_settings({"open_browser": "maybe"}, {}, tmp_path)
    with pytest.raises(UsageError, match="option --seeds must be a path, not ''"):
        load_settings({"seeds": ""}, {}, tmp_path)


@pytest.mark.parametrize(
    ("word", "value"), [("yes", True), ("ON", True), ("1", True), ("no", False), ("0", False)]
)
def test_truth_may_be_said_in_several_words(tmp_path: Path, word: str, value: bool) -> None:
    assert load_settings({}, {"SOURCIER_BUILD": word}, tmp_path).build is value


@pytest.mark.parametrize("content", [b"port = \n", b"\xff\xfe\x00", b"port = 1\nport = 2\n"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sourcier.toml").write_bytes(content)
    with pytest.raises(UsageError, match=r"sourcier\.toml is not a TOML file"):
        load_settings({}, {}, tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "sourcier.toml").mkdir()
    with pytest.raises(UsageError, match=r"sourcier\.toml cannot be read"):
        load_settings({}, {}, tmp_path)
