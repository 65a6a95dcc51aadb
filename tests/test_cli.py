import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from typing import get_type_hints

import pytest

from ctbone import cli
from ctbone.errors import NothingUsable, UnreadableFile, WeightsMismatch


@dataclass(frozen=True, kw_only=True)
class GreetConfig:
    """Greet.

    Attributes:
        name: Whom.
        times: How often.
        also: Whom else.
    """

    name: str
    times: int = 1
    also: tuple[str, ...] = ()

    def __post_init__(self):
        if self.times < 1:
            raise ValueError(f"times must be positive, got {self.times}")


@pytest.fixture
def greet(monkeypatch):
    calls = []

    def install(fault=None):
        def run(config: GreetConfig) -> None:
            calls.append(config)
            if fault:
                raise fault

        monkeypatch.setitem(cli.COMMANDS, "greet", cli.Command("room", "greet", "greets"))
        monkeypatch.setattr(cli, "_load", lambda _: run)
        return calls

    return install


def test_help_is_quick_and_imports_nothing_heavy():
    code = (
        "import sys, contextlib\n"
        "from ctbone.cli import main\n"
        "main(['--help'])\n"
        "heavy = {'torch', 'monai', 'numpy', 'pydicom', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # Ten times what it takes: only an import of the deep-learning stack gets near.
    assert time.monotonic() - start < 1.0
    assert all(f"  {name}" in done.stdout for name in cli.COMMANDS)


@pytest.mark.parametrize(("built", "expected"), [(True, "1.2.3"), (False, "0.0.0")])
def test_the_version_is_that_of_the_build_and_looks_nothing_up(built, expected):
    code = (
        "import sys, types\n"
        "version = types.ModuleType('ctbone._version')\n"
        "version.__version__ = '1.2.3'\n"
        # None in its place is a module that is not to be found.
        f"sys.modules['ctbone._version'] = version if {built} else None\n"
        "from ctbone.cli import main\n"
        "main(['--version'])\n"
        "sys.exit('importlib.metadata' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout == f"ctbone {expected}\n"
    assert done.returncode == 0


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_exists_and_shows_its_options(name, capsys):
    command = cli.COMMANDS[name]
    function = getattr(import_module(f"ctbone.{command.room}"), command.function)
    assert "config" in get_type_hints(function)
    with pytest.raises(SystemExit) as stop:
        cli.main([name, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert f"usage: ctbone {name}" in shown
    # A public method or property of a configuration would be asked for as a subcommand.
    assert "subcommand" not in shown.lower()
    assert "} ..." not in shown


def test_options_come_from_yaml_and_are_overridden_on_the_line(greet, tmp_path):
    calls = greet()
    (tmp_path / "greet.yaml").write_text("name: you\ntimes: 2\n")
    cli.main(["greet", "--config", str(tmp_path / "greet.yaml"), "--times", "3"])
    assert calls == [GreetConfig(name="you", times=3)]


@pytest.mark.parametrize(
    ("words", "also"),
    [(["you", "me"], ("you", "me")), (["you"], ("you",)), (["[you, me]"], ("you", "me"))],
)
def test_an_option_can_take_several_values(greet, words, also):
    calls = greet()
    cli.main(["greet", "--also", *words, "--name", "them"])
    assert calls == [GreetConfig(name="them", also=also)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["greet", "--nmae", "you"], "nmae"),
        (
            ["greet", "--name", "you", "--times", "many"],
            "--times: expected a whole number, found many; see ctbone greet --help",
        ),
        (["greet"], "expected --name, found none"),
        (["greet", "--name", "you", "--times", "0"], "times must be positive, got 0"),
        (["greet", "--nam", "you"], "'nam' is no option of this command"),
        (["wave"], "no command 'wave'; choose one of"),
        (["scren", "--out", "x"], "no command 'scren': did you mean screen?"),
    ],
)
def test_a_mistake_is_named_and_exits_with_2(greet, capsys, arguments, message):
    greet()
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (["L1,L9"], "--head.levels: expected a list, each one of T12, L1, L2, L3, L4, found L9; "),
        (["L1", "L1"], "levels must name each level once, got L1 twice"),
    ],
)
def test_a_mistake_in_a_group_of_options_is_one_sentence(capsys, levels, message):
    given = ["--out", "x", "--head.export", "x", "--head.cohort", "x", "--head.levels"]
    with pytest.raises(SystemExit) as stop:
        cli.main(["train", *given, *levels])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"ctbone: {message}")
    assert said.count("\n") == 1


@pytest.mark.parametrize("form", [["--config", "{}"], ["--config={}"]])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: [\n", "greet.yaml, line 2 is not YAML"),
        (b"name: \xff\n", "greet.yaml, line 1: expected text in UTF-8"),
        (b"", "greet.yaml: expected a mapping of keys, found an empty file"),
        (b"- you\n", "greet.yaml: expected a mapping of keys, found a list"),
    ],
)
def test_a_broken_configuration_is_named_by_file_and_line(
    greet, capsys, tmp_path, form, content, message
):
    greet()
    (tmp_path / "greet.yaml").write_bytes(content)
    with pytest.raises(SystemExit) as stop:
        cli.main(["greet", *(word.format(tmp_path / "greet.yaml") for word in form)])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"ctbone: {message}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (NothingUsable("no studies"), 3),
        (UnreadableFile("file 3: truncated"), 1),
        (WeightsMismatch("weights-ab.safetensors: expected SHA-256 ab, found cd"), 2),
        (ValueError("levels must name one"), 2),
        (PermissionError("out: not writable"), 1),
        (KeyboardInterrupt("interrupted with 3 studies done"), 1),
    ],
)
def test_faults_end_in_one_line_and_an_exit_code(greet, capsys, fault, code):
    greet(fault)
    with pytest.raises(SystemExit) as stop:
        cli.main(["greet", "--name", "you"])
    assert stop.value.code == code
    said = capsys.readouterr().err
    assert str(fault) in said
    assert said.count("\n") == 1


def test_a_file_that_is_not_there_is_a_mistake_of_the_caller(greet, capsys):
    greet(FileNotFoundError(2, "No such file or directory", "line.yaml"))
    with pytest.raises(SystemExit) as stop:
        cli.main(["greet", "--name", "you"])
    assert stop.value.code == 2
    assert capsys.readouterr().err == "ctbone: line.yaml: no such file or directory\n"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (OSError(28, "No space left on device"), "ctbone: no space left on device\n"),
        (PermissionError(13, "Permission denied", "out/x"), "ctbone: out/x: permission denied\n"),
    ],
)
def test_what_the_system_refuses_is_said_in_words(greet, capsys, trouble, words):
    greet(trouble)
    with pytest.raises(SystemExit):
        cli.main(["greet", "--name", "you"])
    assert capsys.readouterr().err == words
