"""What a page tells its reader to type: blocks of code, the commands in them, and in its prose."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

#: What a block may say that it holds. `sh` and `python` are run.
LANGUAGES = ("sh", "python", "csv", "diff", "json", "text", "yaml")

_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"\n\n {4}\S")
_SPAN = re.compile(r"`([^`]+)`")
_HERE = re.compile(r"<<'(\w+)'")
#: What stands in prose as a command: the words that begin one.
_MENTIONED = re.compile(r"(ctbone [a-z-]|python (-m|scripts/)|scripts/\w+( |$)|--[a-z])")


@dataclass(frozen=True)
class Block:
    """A block of code: where it begins, what it holds, and whether prose stands before it."""

    page: str
    line: int
    language: str
    text: str
    follows: bool = False


@dataclass(frozen=True)
class Command:
    """What is typed at once: a command with its continuation lines, or a block of Python.

    Attributes:
        page: Path of the page from the root of the checkout.
        line: Line of the page, from 1.
        text: What is typed, continued lines joined.
        language: ``sh``, ``python``, or ``prose`` for what a sentence mentions.
    """

    page: str
    line: int
    text: str
    language: str = "sh"

    @property
    def words(self) -> list[str]:
        """The words of a shell, without its comments."""
        return shlex.split(self.text, comments=True)

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"{self.page}:{self.line}"


def blocks(page: str, text: str) -> list[Block]:
    """Return the blocks of code of a page, in their order.

    Raises:
        ValueError: If a block does not say what it holds, or stands indented instead of fenced.
    """
    found, end = [], 0
    for match in _FENCE.finditer(text):
        between = text[end : match.start()]
        _require_fences(page, between)
        line = text.count("\n", 0, match.start()) + 1
        if match[1] not in LANGUAGES:
            raise ValueError(
                f"{page}:{line}: a block of code must say which of {', '.join(LANGUAGES)} it"
                f" holds, got {match[1]!r}"
            )
        follows = bool(found) and not between.strip()
        found.append(Block(page, line, match[1], match[2], follows))
        end = match.end()
    _require_fences(page, text[end:])
    return found


def _require_fences(page: str, prose: str) -> None:
    indented = _INDENTED.search(prose)
    if indented:
        words = prose[indented.start() :].strip().splitlines()[0]
        raise ValueError(f"{page}: a block of code must stand in ```, got one of spaces: {words}")


def commands(block: Block) -> Iterator[Command]:
    """Yield what a block has typed; nothing where it holds no code that is run."""
    if block.language == "python":
        yield Command(block.page, block.line, block.text, "python")
    if block.language != "sh":
        return
    lines = iter(enumerate(block.text.splitlines(), start=block.line + 1))
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        yield Command(block.page, number, _whole(line, lines))


def _whole(line: str, lines: Iterator[tuple[int, str]]) -> str:
    """Return a line with those that continue it, and with its here-document."""
    here = _HERE.search(line)
    while line.endswith("\\"):
        line = line[:-1].rstrip() + " " + next(lines)[1].strip()
    if here:
        rest = []
        while not rest or rest[-1] != here[1]:
            rest.append(next(lines)[1])
        line = "\n".join([line, *rest])
    return line


def mentions(page: str, text: str) -> Iterator[Command]:
    """Yield the commands and options that the prose of a page names."""
    prose = _FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)
    for match in _SPAN.finditer(prose):
        words = " ".join(match[1].split())
        if _MENTIONED.match(words):
            yield Command(page, prose.count("\n", 0, match.start()) + 1, words, "prose")
