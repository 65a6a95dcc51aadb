"""Tables that are random, broken or both, as files: one a seed.

A draft starts as a sound table of one to sixty rows. Troubles change it, one after the other; each
is one thing that people, spreadsheets or disks do to a table.
"""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable
from pathlib import Path

from benchmarks.drafts import HEADER, Draft, Rows, sound_rows

#: Cells where a count should stand; a few may be read.
_WORDS = "NA|n/a|-|-3|2.5|1,5|1.234,5|1,234|1 234|1'234|1_0|1e3|inf|-inf|nan|NaN|0x1f|=1+1|+7"
_SIGNS = "=SUM(A1:A9)|<5|>100|~12|12*|twelve|true|²|½|Ⅻ|#REF!|1/2|2021-03-04|\"|'|0.0|3.|007"
_UNICODE = ("\u0663", "\uff11", "\u200b7", "7\u00a0", "\u202e12")
_CELLS = (*_WORDS.split("|"), *_SIGNS.split("|"), *_UNICODE, "", " 4 ", "9" * 14, "9" * 400)

_TARGETS = (
    "osteoporosis", "Osteopenia", "normal", "fracture", "NA", "骨质疏松", "[red]x[/red]", "a\nb",
    "a/b", "../../etc", "x" * 300, "%s{0}", "\u202eabc", "nan", "$(ls)",
)  # fmt: skip

_STUDIES = (
    "Müller, 2020", "骨 2019", 'the "first"', "=1+1", "a;b", "N\nL", "x" * 5000, "1", "[/b]", "NA",
)  # fmt: skip

#: What happens to a table.
Trouble = Callable[[Draft, random.Random], None]


def draw(seed: int, folder: Path) -> Path:
    """Write the file of a seed: a table, and none to three troubles with it."""
    source = random.Random(seed)
    draft = Draft(rows=sound_rows(source))
    if source.random() < 0.35:
        _target(draft, source)
    for _ in range(source.choice((0, 0, 1, 1, 1, 2, 3))):
        source.choice(TROUBLES)(draft, source)
    return draft.write(folder)


def _pick(rows: Rows, source: random.Random) -> list[str]:
    return source.choice(rows) if rows else []


def _target(draft: Draft, source: random.Random) -> None:
    targets = _TARGETS[: source.choice((1, 3, len(_TARGETS)))]
    _add(draft, "target", [source.choice(targets) for _ in draft.rows])


def _add(draft: Draft, name: str, cells: list[str]) -> None:
    draft.header.append(name)
    for row, cell in zip(draft.rows, cells, strict=True):
        row.append(cell)


def _covariate(draft: Draft, source: random.Random) -> None:
    name = source.choice(("plane", "year", "Backbone", "", "n", "a b", "unit", "model", "é"))
    levels = source.choice(
        (["a", "b"], ["1", "2", "3"], ["", "x"], list("abcdefgh"), ["2d", "NA"])
    )
    _add(draft, name, [source.choice(levels) for _ in draft.rows])


def _missed(draft: Draft, source: random.Random) -> None:
    _add(draft, "n_nonevaluable", [source.choice(("0", "5", "", "x")) for _ in draft.rows])


def _sum(draft: Draft, source: random.Random) -> None:
    slip = source.choice((0, 0, 1))
    sums = [sum(int(c) for c in row[1:5] if c.isdecimal()) + slip for row in draft.rows]
    _add(draft, "n", [str(total) for total in sums])


def _odd_cell(draft: Draft, source: random.Random) -> None:
    row = _pick(draft.rows, source)
    if row:
        row[source.randrange(len(row))] = source.choice(_CELLS)


def _odd_study(draft: Draft, source: random.Random) -> None:
    if row := _pick(draft.rows, source):
        row[0] = source.choice(_STUDIES)


def _same_study(draft: Draft, source: random.Random) -> None:
    for row in draft.rows[: source.randint(0, 5)]:
        row[0] = "Same 2020"


def _same_row(draft: Draft, source: random.Random) -> None:
    again = [_pick(draft.rows, source) for _ in range(source.randint(1, 3))]
    draft.rows += [list(row) for row in again if row]


def _lost_column(draft: Draft, source: random.Random) -> None:
    at = source.randrange(len(draft.header))
    for row in (draft.header, *draft.rows):
        del row[at : at + 1]


def _same_column(draft: Draft, source: random.Random) -> None:
    at = source.randrange(5)
    _add(draft, source.choice(HEADER), [row[at] if at < len(row) else "" for row in draft.rows])


def _other_header(draft: Draft, source: random.Random) -> None:
    heads = ("Study TP FP FN TN", "names TP FN FP TN", "studynames TP FP TN FN", "id a b c d",
             "author tp fp fn tn", "study n sens spec true", "Studie RP FP FN RN")  # fmt: skip
    draft.header[:5] = source.choice(heads).split()[: len(draft.header)]


def _long_form(draft: Draft, source: random.Random) -> None:
    draft.header = ["study", "sens", "spec", "n", "true"]
    counts = [[*row, *"0000"] for row in draft.rows]
    draft.rows = [[r[0], "1", "0", r[1], str(source.choice((r[1], r[2])))] for r in counts]
    draft.rows += [[r[0], "0", "1", r[4], r[4]] for r in counts[source.choice((0, 0, 0, 1)) :]]


def _no_rows(draft: Draft, source: random.Random) -> None:
    draft.rows = [] if source.random() < 0.5 else [[""] * len(draft.header)]


def _ragged(draft: Draft, source: random.Random) -> None:
    row = _pick(draft.rows, source)
    if source.random() < 0.5:
        row.append("7")
    else:
        del row[-1:]


def _delimiter(draft: Draft, source: random.Random) -> None:
    draft.delimiter = source.choice(";\t|: ")


def _newline(draft: Draft, source: random.Random) -> None:
    draft.newline = source.choice(("\r\n", "\r", "\n\n", "\n\r\n"))


def _encoding(draft: Draft, source: random.Random) -> None:
    names = ("utf-8-sig", "utf-16", "utf-16-le", "latin-1", "utf-32", "cp1252", "utf-7", "cp037")
    draft.encoding = source.choice(names)
    if source.random() < 0.5 and draft.rows:
        draft.rows[0][0] = "Müller"


def _damage(draft: Draft, source: random.Random) -> None:
    raw = bytearray(draft.text().encode())
    for _ in range(source.choice((1, 1, 5, 40))):
        raw[source.randrange(len(raw))] = source.choice((0, 10, 13, 34, 44, 127, 255, 200, 92))
    draft.raw = bytes(raw[: source.choice((len(raw), len(raw) // 2))])


#: Files that are no tables.
_OTHERS = (
    *(b"", b"\n", b"\r", b"'", b'"', b",,,,\n", b"{}", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfea"),
    *(
        b"\x00" * 64,
        b"\x1c\x1f\n",
        b"\x1f\x8b\x08",
        b"%PDF-1.7\n",
        b"GIF89a\x01\x00",
        b"a" * 300_000,
    ),
    b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    b"\xff\xd8\xff\xe0JFIF",
    b"PK\x03\x04" + b"x" * 99,
    b"<html><table><tr><td>tp</td></tr></table></html>",
    b"study,tp,fp,fn,tn",
    b'study,tp,fp,fn,tn\n"' + b"x" * 200_000,
    b"study\ttp;fp,fn|tn\n",
    "\u2028\u0085".encode(),
)


def _other_file(draft: Draft, source: random.Random) -> None:
    draft.raw = source.choice(_OTHERS)


def _stata(draft: Draft, source: random.Random) -> None:
    raw = bytearray(_stata_bytes(draft, source))
    for _ in range(source.choice((0, 0, 1, 9)) if raw else 0):
        raw[source.randrange(len(raw))] = source.randrange(256)
    whole = source.choice((True, True, False))
    draft.name, draft.raw = "tables.dta", bytes(raw if whole else raw[: len(raw) // 2])


def _stata_bytes(draft: Draft, source: random.Random) -> bytes:
    import pandas as pd

    written = io.BytesIO()
    frame = pd.DataFrame(dict(zip(draft.header, zip(*draft.rows, strict=False), strict=False)))
    if source.random() < 0.8:
        for name in set(HEADER[1:]) & set(frame):
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
    # What pandas cannot write is an empty file.
    with contextlib.suppress(ValueError, TypeError, OverflowError, LookupError):
        frame.to_stata(written, write_index=False, version=source.choice((114, 118)))
    return written.getvalue()


def _name(draft: Draft, source: random.Random) -> None:
    draft.name = source.choice(("tables", "tables.dta", "TABLES.CSV", "ta bles.txt", "t.xlsx"))


TROUBLES: tuple[Trouble, ...] = (
    *(_covariate, _covariate, _missed, _sum, _odd_cell, _odd_cell, _odd_study, _same_study),
    *(_same_row, _lost_column, _same_column, _other_header, _long_form, _no_rows, _ragged),
    *(_delimiter, _newline, _encoding, _damage, _other_file, _stata, _name),
)
