"""Stata: data (.dta) and a do-file for midas, metandi and metadta.

midas wants the variables tp, fp, fn and tn under these names and in this order (midas 2.00);
metadta takes no name with an underscore. Names of variables are therefore shortened to letters and
digits, at most 29; what a covariate was called before is kept as the label of its variable, where
it has at most 80 characters, and is read back from there. Text is held up to 2045 bytes. A
covariate of whole numbers is a numeric variable, so that it can stand in a meta-regression as it
is.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ctbone.delimited import to_columns
from ctbone.interchange.forms.cells import Written, further, write_script
from ctbone.interchange.tables import COUNTS, AccuracyTable, count_cells

if TYPE_CHECKING:
    import pandas as pd

#: Longest name of a Stata variable in characters, with room for a number, longest label of one in
#: characters, and longest text of a Stata string in bytes.
_STATA_NAME, _STATA_LABEL, _STATA_TEXT = 29, 80, 2045

#: Labels are names of covariates in the files that carry this label themselves.
_OWN = "2x2 tables, written by ctbone"

#: Names that Stata keeps to itself ([U] 11.3), or that pandas renames for being Mata's; those with
#: an underscore cannot come up.
_STATA_RESERVED = frozenset({
    "aggregate", "array", "boolean", "break", "byte", "case", "catch", "class", "colvector",
    "complex", "const", "continue", "default", "delegate", "delete", "do", "double", "else",
    "eltypedef", "end", "enum", "explicit", "export", "external", "float", "for", "friend",
    "function", "global", "goto", "if", "in", "inline", "int", "local", "long", "NULL", "pragma",
    "protected", "quad", "rowvector", "short", "strL", "typedef", "typename", "using", "virtual",
    "with",
})  # fmt: skip

#: What the reader raises on broken files.
_BROKEN = (
    *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError),
    *(struct.error, StopIteration, UnicodeWarning),
)

# A number that comes back as it was: no zeros in front, nine digits at most.
_WHOLE = re.compile(r"-?[1-9][0-9]{0,8}|0")

_SCRIPT = """\
* Once: ssc install midas, then metandi, then metadta
use "{data}", clear

* midas: the exact bivariate model with seven nodes a dimension; prints pooled sensitivity,
* specificity, likelihood ratios and diagnostic odds ratio with 95 % intervals, Q and I2 of each,
* and the joint I2, which is near 100 for nearly all real data.
midas tp fp fn tn, id(study) res(all)
{regression}
* metandi: the same model; prints its five parameters, those of the HSROC curve, and the pooled
* values. It wants four tables at least.
metandi tp fp fn tn

* metadta: the same model; prints the pooled values, and I2 of both margins after Zhou and
* Dendukuri.
metadta tp fp fn tn, studyid(study)
"""


def write(out: Path, name: str, tables: Sequence[AccuracyTable]) -> Written:
    """Write the tables of one target as Stata 14 and later read them, and the do-file."""
    import pandas as pd

    columns: dict[str, list[object]] = {
        "study": [_cut(item.study) for item in tables],
        **{cell: [count_cells(item.table)[cell] for item in tables] for cell in COUNTS},
    }
    rest = further(tables, ("study", *COUNTS), study="study")
    variables = _variables(list(rest))
    columns |= {variables[title]: _values(cells) for title, cells in rest.items()}
    data = out / f"{name}.dta"
    # Version 118 holds Unicode and is read by Stata 14 and later.
    pd.DataFrame(columns).to_stata(
        data,
        write_index=False,
        version=118,
        data_label=_OWN,
        variable_labels=_labels(variables),
    )
    text = _SCRIPT.format(data=data.name, regression=_regression(columns))
    script = write_script(out / f"{name}.do", text.splitlines())
    texts = [item.study for item in tables] + [cell for cells in rest.values() for cell in cells]
    return Written(paths=(data, script), notes=_notes(texts, list(rest)))


def read_rows(
    path: Path, *, required: Sequence[str] = (), instead: Sequence[str] = ()
) -> list[tuple[int, dict[str, str]]]:
    """Read every observation of a Stata file with its number, as ``delimited.read_rows`` does.

    Numbers without a fraction come without a decimal point, missing values as empty cells, and
    values with a label as their label. Of a file that ``write`` made, covariates come under the
    names that they had before.

    Args:
        path: The file.
        required: Variables that it must hold.
        instead: Variables that may stand in place of the required ones, all of them.

    Raises:
        ValueError: If it is no Stata file, or lacks a variable; the message names the file.
    """
    frame, labels = _load(path)
    names = [(labels.get(str(name)) or str(name)).strip() for name in frame.columns]
    columns = to_columns(names, path.name, required=required, instead=instead)
    cells = [[_text(value) for value in frame.iloc[:, i]] for i in range(len(columns))]
    return [
        (number, dict(zip(columns, row, strict=True)))
        for number, row in enumerate(zip(*cells, strict=True), start=1)
    ]


def _load(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the data and, of a file of one's own, the labels of its variables."""
    import pandas as pd
    from pandas.io.stata import StataReader

    raw = path.read_bytes()
    try:
        with warnings.catch_warnings(), StataReader(io.BytesIO(raw)) as reader:
            warnings.simplefilter("ignore")
            # Text in another encoding than the file's own comes with a guess and a warning.
            warnings.filterwarnings("error", category=UnicodeWarning)
            labels = reader.variable_labels() if reader.data_label == _OWN else {}
            return pd.read_stata(io.BytesIO(raw), convert_dates=False), labels
    # What a broken file makes the reader stumble over depends on which of its bytes is broken.
    except _BROKEN as error:
        found = f"{len(raw)} bytes that do not read as one" if raw else "an empty file"
        raise ValueError(f"{path.name}: expected a Stata file, found {found}") from error


def _text(value: object) -> str:
    import pandas as pd

    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - NaN alone differs
        return ""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole and isinstance(value, float) else str(value).strip()


def _cut(text: str) -> str:
    return text.encode()[:_STATA_TEXT].decode(errors="ignore")


def _values(cells: Sequence[str]) -> list[object]:
    """Return the cells of a covariate as numbers, where they are plain ones, or as text."""
    if all(_WHOLE.fullmatch(cell) for cell in cells if cell):
        return [float(cell) if cell else None for cell in cells]
    return [_cut(cell) for cell in cells]


def _variables(names: Sequence[str]) -> dict[str, str]:
    """Give each covariate a variable name; metadta takes none with an underscore."""
    taken = {"study", *COUNTS}
    variables = {}
    for name in names:
        stem = re.sub(r"[^0-9A-Za-z]", "", name)[:_STATA_NAME] or "covariate"
        stem = f"v{stem}" if stem[0].isdigit() or _is_reserved(stem) else stem
        variable, number = stem, 1
        while variable.lower() in taken:
            number += 1
            variable = f"{stem}{number}"
        taken.add(variable.lower())
        variables[name] = variable
    return variables


def _is_reserved(name: str) -> bool:
    return name in _STATA_RESERVED or re.fullmatch("str[0-9]+", name) is not None


def _labels(variables: Mapping[str, str]) -> dict[str, str]:
    return {v: name for name, v in variables.items() if len(name) <= _STATA_LABEL and name != v}


def _regression(columns: Mapping[str, Sequence[object]]) -> str:
    """Return the meta-regressions as comments: which of them make sense is for a person to say."""
    covariates = [n for n in list(columns)[1 + len(COUNTS) :] if _is_grouping(columns[n])]
    if not covariates:
        return ""
    lines = ["* Meta-regression; text is turned into variables of 0 and 1 first, one a value."]
    for number, name in enumerate(covariates, start=1):
        variable = name
        if any(isinstance(value, str) for value in columns[name]):
            variable = f"group{number}is1"
            lines.append(f"* tabulate {name}, generate(group{number}is)")
        lines.append(f"* midas tp fp fn tn, id(study) regvars({variable})")
    return "\n".join([*lines, ""])


def _is_grouping(values: Sequence[object]) -> bool:
    """Whether values differ, and texts not from study to study."""
    stated = [value for value in values if value not in {None, ""}]
    is_text = any(isinstance(value, str) for value in stated)
    return 1 < len(set(stated)) <= (len(stated) // 2 if is_text else len(stated))


def _notes(texts: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if cut := sum(len(text.encode()) > _STATA_TEXT for text in texts):
        notes.append(f"Stata holds texts of {_STATA_TEXT} bytes; cut to that: {cut}.")
    if long := sum(len(name) > _STATA_LABEL for name in names):
        limit = f"Stata holds labels of {_STATA_LABEL} characters"
        notes.append(f"{limit}; names of columns that are kept as short ones only: {long}.")
    return tuple(notes)
