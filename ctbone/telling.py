"""What commands say on the terminal at their end: a table, notes, and where the files are.

What they say can come from users and data: a folder, a scanner, a target. rich takes brackets in
it for markup, and words between colons for pictures; here every text is shown as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ctbone.plurals import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: Notes that a terminal shows where there can be many; the files of a run have them all.
_MOST_NOTES = 8


def plain_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Return a console that shows every text as it stands; of its own width without one."""
    from rich.console import Console

    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def tell(
    table: Table | None = None, *, notes: Iterable[str] = (), lines: Iterable[str] = ()
) -> None:
    """Say how a command ended.

    Args:
        table: What came of it.
        notes: What a reader has to know, a sentence each; a terminal breaks them between words.
        lines: Where the files are; they are broken nowhere, so that a path can be copied.
    """
    console = plain_console()
    if table is not None:
        console.print(table)
    for note in notes:
        console.print(note, style="yellow", soft_wrap=not console.is_terminal)
    for line in lines:
        console.print(line, soft_wrap=True)


def count_table(counts: Mapping[str, int], *, of: str, title: str) -> Table:
    """Return a table of how many of what ended how.

    Args:
        counts: How many, by how they ended.
        of: What they are.
        title: What was done with them.
    """
    from rich.table import Table

    table = Table("outcome", of, title=title, title_justify="left")
    for name, count in counts.items():
        table.add_row(name, str(count))
    return table


def noted(warnings: Iterable[str]) -> Iterator[str]:
    """Yield the warnings of a run, which have no full stop, as sentences."""
    return (f"Note: {warning}." for warning in warnings)


def first_notes(notes: Sequence[str], *, rest: str) -> Iterator[str]:
    """Yield as many notes as a terminal shows, and which file has the rest."""
    yield from notes[:_MOST_NOTES]
    if (more := len(notes) - _MOST_NOTES) > 0:
        yield f"{counted(more, 'further note')} in {rest}"
