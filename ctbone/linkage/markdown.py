"""A page as Markdown, for whoever reads a folder and not a browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ctbone.pages import Block, Figure, Note, Page, Paragraph, Table

#: What Markdown would read as more than text.
_SPECIAL = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>|#"})


def to_markdown(page: Page, *, picture: str) -> str:
    """Return the text of a page of tables, figures, notes and paragraphs.

    Args:
        page: What it says.
        picture: Where the picture of its one figure lies.

    Raises:
        ValueError: If it holds a block of another kind.
    """
    lines = [f"# {_plain(page.title)}", "", _plain(page.lead)]
    for section in page.sections:
        lines += ["", f"## {_plain(section.title)}"]
        for block in section.blocks:
            lines += ["", *_block(block, picture)]
    return "\n".join([*lines, "", _plain(page.footer), ""])


def _block(block: Block, picture: str) -> Iterator[str]:
    match block:
        case Table():
            yield from _table(block)
        case Figure():
            yield f"![{_plain(block.alt)}]({picture})"
        case Note():
            yield f"**{_plain(block.text)}**"
        case Paragraph():
            yield _plain(block.text)
        case _:
            raise ValueError(f"expected a table, figure, note or paragraph, got a {block.kind}")


def _table(table: Table) -> Iterator[str]:
    yield f"**{_plain(table.title)}**"
    yield ""
    yield _line(table.columns)
    yield _line("--:" if numeric else "---" for numeric in table.is_numeric)
    for row in table.cells:
        yield _line(_plain(cell.text) for cell in row)
    if table.note:
        yield from ("", _plain(table.note))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return " ".join(text.split()).translate(_SPECIAL)
