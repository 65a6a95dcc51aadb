"""Words become the configuration that they ask for; test_cli asks the same by whole commands."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ctbone.configuring import configure


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A group of options."""

    least: int = 3
    """How few."""
    file: Path | None = None
    """Whose."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One of several groups."""

    inner: Inner = field(default_factory=Inner)
    """Its own."""


@dataclass(frozen=True, kw_only=True)
class Outer:
    """What is asked."""

    path: Path
    """Where."""
    names: tuple[str, ...] = ()
    """Whom."""
    inner: Inner = field(default_factory=Inner)
    """How."""
    beside: Path | None = None
    """What else."""
    several: tuple[Path, ...] = ()
    """What of it."""
    listed: tuple[Listed, ...] = ()
    """Which."""


def asked(*words):
    return configure(Outer, list(words), prog="words", hint="; see elsewhere")


def test_values_are_words_or_json():
    found = asked("--path=a b", '--names=["x", "y"]', '--inner={"least": 4}')
    assert found == Outer(path=Path("a b"), names=("x", "y"), inner=Inner(least=4))


def test_a_mistake_about_an_option_is_followed_by_the_hint():
    with pytest.raises(
        ValueError, match=r"\A--inner.least: expected a whole number, found x; see"
    ):
        asked("--path=a", "--inner.least=x")


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--path="], "path"),
        (["--path", ""], "path"),
        (["--path= "], "path"),
        (["--path=a", "--beside="], "beside"),
        (["--path=a", "--several", "b", ""], "several"),
        (["--path=a", '--several=["", "b"]'], "several"),
        (["--path=a", "--inner.file="], "inner.file"),
        (["--path=a", '--inner={"file": ""}'], "inner.file"),
        (["--config=empty.yaml"], "path"),
    ],
)
def test_an_empty_path_is_not_the_current_folder(words, option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.yaml").write_text("path: ''\n")
    with pytest.raises(ValueError, match="found an empty one") as fault:
        asked(*words)
    assert str(fault.value) == f"--{option}: expected a path, found an empty one; see elsewhere"


def test_the_current_folder_can_be_named():
    assert asked("--path=.").path == Path()


@pytest.mark.parametrize("option", ["inner", "listed", "listed.inner"])
def test_help_of_a_group_lists_its_options(option, capsys):
    with pytest.raises(SystemExit) as end:
        asked(f"--{option}.help")
    said = " ".join(capsys.readouterr().out.split())
    assert not end.value.code
    assert said.startswith("usage: words")
    assert "LEAST How few. (a whole number; by default 3)" in said or option == "listed"
    assert f"--{option}." in said


def test_help_of_no_group_is_no_option():
    with pytest.raises(ValueError, match=r"'inner.lest.help' is no option of this command"):
        asked("--path=a", "--inner.lest.help")
