"""Write the table of label numbers and codes in docs/masks.md from ctbone.anatomy.

    python scripts/label_table.py

A test holds the page to what this would write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ctbone.anatomy import LABELS, Numbering, VertebralLevel, anatomic_region

PAGE = Path(__file__).resolve().parents[1] / "docs" / "masks.md"
BEGIN, END = "<!-- label table: begin -->", "<!-- label table: end -->"

#: Numbering and heading of each column; MONAI's numbers are those of version 1.
COLUMNS: tuple[tuple[Numbering, str], ...] = (
    ("verse", "VerSe, ctbone"),
    ("totalsegmentator_v2", "TotalSegmentator v2"),
    ("totalsegmentator_v1", "TotalSegmentator v1"),
    ("monai", "MONAI whole body"),
)


def table() -> str:
    """Return the table in Markdown, a row a level from cranial to caudal."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in _rows())


def refresh(page: str) -> str:
    """Return a page whose table is as it should be.

    Raises:
        ValueError: If the page has no place for it.
    """
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"expected {BEGIN} and {END} in the page")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _rows() -> Iterator[tuple[str, ...]]:
    yield ("level", *(heading for _, heading in COLUMNS), "SNOMED CT")
    yield ("---",) * (len(COLUMNS) + 2)
    numbers = [{level: n for n, level in LABELS[name].items()} for name, _ in COLUMNS]
    for level in sorted(VertebralLevel, key=lambda level: level.order):
        code = anatomic_region(level)
        own = [str(column.get(level, "")) for column in numbers]
        yield (level.name, *own, f"{code.value} {code.meaning}")


if __name__ == "__main__":
    PAGE.write_text(refresh(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
