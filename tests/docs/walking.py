"""Run the commands of one page, in their order, in a folder of their own."""

import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ctbone.cli import main
from tests.docs.blocks import Block, Command, blocks, commands, mentions
from tests.docs.checking import ROOT, check, ctbone_words, parse
from tests.docs.table import LISTED, PLACEHOLDERS, SHORTENED, Rule

#: Seconds that a command may take.
LIMIT_S = 240

#: Commands of the system that pages may type and that are run; all others are to be listed.
_SYSTEM = ("cat", "cp", "head", "git", "ls", "python", "sed")


@dataclass(frozen=True)
class Outcome:
    """What became of a command: ``run``, ``listed``, ``mentioned``, ``again`` or ``failed``."""

    command: Command
    what: str
    seconds: float = 0.0
    said: str = ""


def walk(page: str, *, apart: bool = False, done: set[str] | None = None) -> Iterator[Outcome]:
    """Run a page in the current folder.

    Args:
        page: Path from the root of the checkout.
        apart: Whether the folder holds a checkout of its own, whose code is to run.
        done: Commands that earlier pages of the same folder ran, word by word; extended here.
    """
    text = (ROOT / page).read_text(encoding="utf-8")
    done = set() if done is None else done
    typed, names = "", {"__name__": "__main__"}
    for block in blocks(page, text):
        outcomes = [
            _outcome(command, apart=apart, done=done, names=names) for command in commands(block)
        ]
        yield from outcomes
        if block.language == "text" and block.follows and typed:
            yield _compared(block, typed)
        typed = "".join(o.said for o in outcomes if o.what in {"run", "again"})
    for command in mentions(page, text):
        yield _judged(command, "mentioned", lambda command=command: check(command.words))


def _outcome(command: Command, *, apart: bool, done: set[str], names: dict) -> Outcome:
    listed = first_rule(LISTED, command)
    if listed:
        return _judged(command, "listed", lambda: _check_listed(command), said=listed.reason)
    if command.text in done:
        return Outcome(command, "again")
    done.add(command.text)
    return _judged(command, "run", lambda: _run(command, apart=apart, names=names))


def first_rule(rules: tuple[Rule, ...], command: Command) -> Rule | None:
    """Return the first rule about a command."""
    return next((rule for rule in rules if rule.fits(command.page, command.text)), None)


def _judged(command: Command, what: str, job, *, said: str = "") -> Outcome:
    began = time.perf_counter()
    try:
        said = job() or said
    # A page is walked to its end, whatever one of its commands does.
    except Exception as fault:  # noqa: BLE001
        return Outcome(command, "failed", time.perf_counter() - began, f"{fault}")
    return Outcome(command, what, time.perf_counter() - began, said)


def _check_listed(command: Command) -> None:
    words = ctbone_words(command.text)
    if words is None:
        check(command.words)
    else:
        parse([_placed(word) for word in words if word != "&"])


def _placed(text: str) -> str:
    for name, place in PLACEHOLDERS.items():
        text = text.replace(name, place)
    return text


def shortened(command: Command) -> str:
    """Return a command with the reader's own in place, and with what makes it take seconds."""
    added = [rule.add for rule in SHORTENED if rule.fits(command.page, command.text)]
    bare = re.sub(r"\s+#.*$", "", command.text) if added else command.text
    return _placed(" ".join([bare, *added]))


def _run(command: Command, *, apart: bool, names: dict) -> str:
    with _limited():
        if command.language == "python":
            return _python(_placed(command.text), names)
        text = shortened(command)
        if text.startswith("ctbone ") and not apart:
            return _redirected(shlex.split(text, comments=True)[1:])
        return _shell(text, apart=apart)


def _python(text: str, names: dict) -> str:
    """Run a block of Python, which goes on with the names of those before it on its page."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(text, "page", "exec"), names)  # noqa: S102
    return said.getvalue()


def _redirected(words: list[str]) -> str:
    """Run a command of ctbone, its output into a file where the line says so."""
    if ">" not in words:
        return ctbone(words)
    place = words.index(">")
    said = ctbone(words[:place])
    Path(words[place + 1]).write_text(said, encoding="utf-8")
    return said


def ctbone(words: list[str]) -> str:
    """Run a command of ctbone in this process, and return what it prints.

    Raises:
        ValueError: If it ends with another exit code than 0.
    """
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(words)
        except SystemExit as stop:
            if stop.code:
                raise ValueError(f"ended with {stop.code}: {err.getvalue()[-2000:]}") from None
    return out.getvalue()


def _shell(text: str, *, apart: bool) -> str:
    first = text.split(maxsplit=1)[0]
    if first != "ctbone" and first not in _SYSTEM:
        raise ValueError(f"{first!r} is neither run nor listed: tests/docs/table.py says which is")
    if first in {"ctbone", "python"}:
        start = f"{shlex.quote(sys.executable)}{' -m ctbone' if first == 'ctbone' else ''}"
        text = start + text.removeprefix(first)
    root = Path.cwd() if apart else ROOT
    done = subprocess.run(
        ["/bin/sh", "-euc", text],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout + done.stderr


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"took longer than {LIMIT_S} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)


def _compared(block: Block, typed: str) -> Outcome:
    """Hold what a page shows against what its commands printed; ``...`` stands for anything."""
    command = Command(block.page, block.line, "what the page shows", "text")
    missing = missing_line(block.text, typed)
    if missing is None:
        return Outcome(command, "run")
    return Outcome(command, "failed", said=f"shows {missing!r}, which was not printed:\n{typed}")


def missing_line(shown: str, typed: str) -> str | None:
    """Return the first line shown that was not printed after the ones before it."""
    rest = iter([" ".join(line.split()) for line in typed.splitlines()])
    for line in filter(str.strip, shown.splitlines()):
        pattern = re.escape(" ".join(line.split())).replace(r"\.\.\.", ".*")
        if not any(re.fullmatch(pattern, printed) for printed in rest):
            return line
    return None
