"""A table on its way to becoming a file, sound at first."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HEADER = ("study", "tp", "fp", "fn", "tn")

Rows = list[list[str]]

#: What the cells of one table are drawn from.
_COUNTS: tuple[Callable[[random.Random], int], ...] = (
    lambda source: source.randint(0, 100),
    lambda source: source.randint(0, 3),
    lambda source: source.choice((0, 0, 0, 1, 50)),
    lambda _: 0,
    lambda source: int(10 ** source.uniform(0, 9)),
    lambda source: source.choice((0, 1, 10**9)),
    lambda source: 10**9 + source.randint(0, 9),
    lambda source: int(source.expovariate(1 / 40)),
    lambda _: 7,
)


@dataclass
class Draft:
    """A table on its way to becoming a file.

    Attributes:
        header: Names of columns.
        rows: Cells as text.
        delimiter: Between cells.
        newline: Between lines.
        encoding: Of the file.
        name: Of the file.
        raw: Bytes of the file, where they are not those of the text.
    """

    header: list[str] = field(default_factory=lambda: list(HEADER))
    rows: Rows = field(default_factory=list)
    delimiter: str = ","
    newline: str = "\n"
    encoding: str = "utf-8"
    name: str = "tables.csv"
    raw: bytes | None = None

    def text(self) -> str:
        """Return the table as delimited text."""
        written = io.StringIO()
        writer = csv.writer(written, delimiter=self.delimiter, lineterminator=self.newline)
        writer.writerows([self.header, *self.rows])
        return written.getvalue()

    def write(self, folder: Path) -> Path:
        """Write the file and return its path."""
        path = folder / self.name
        raw = self.raw
        if raw is None:
            raw = self.text().encode(self.encoding, errors="replace")
        path.write_bytes(raw)
        return path


def sound_rows(source: random.Random) -> Rows:
    """Return one to sixty rows; most are few, since those are where models break."""
    largest = source.choices((3, 6, 12, 25, 60), weights=(30, 35, 22, 9, 4))[0]
    count = source.randint(1, largest)
    cell = source.choice(_COUNTS)
    return [[f"Study {i}", *(str(cell(source)) for _ in range(4))] for i in range(count)]
