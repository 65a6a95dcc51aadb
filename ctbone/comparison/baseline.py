"""The line from attenuation to density that a network has to beat, fitted to the same patients."""

from __future__ import annotations

from pathlib import Path

from ctbone.comparison.execution import Narrator, Step, StepFailed
from ctbone.delimited import write_rows
from ctbone.densitometry.pairing import COLUMNS, LEVELS, pair_screened

#: One line for every scanner: a network of an arm is not told the scanner either, and scanners of
#: an external test have no training patients to fit theirs to.
_SCANNER = "all scanners"


def fit_line(results: Path, cohort: Path, *, out: Path, narrator: Narrator) -> Path:
    """Fit one line to the training split of a screened cohort; return its file.

    Args:
        results: results.csv of the HU line, with vertebrae.csv beside it.
        cohort: cohort.csv with reference densities.
        out: Folder of the arm.
        narrator: Who tells what runs.

    Raises:
        StepFailed: If there are too few pairs.
    """
    vertebrae = results.with_name("vertebrae.csv")
    found = pair_screened(
        vertebrae=vertebrae, results=results, cohort=cohort, splits=("train",), together=_SCANNER
    )
    pairs = [pair for of_all in found.pairs.values() for pair in of_all]
    table = out / "pairs.csv"
    out.mkdir(parents=True, exist_ok=True)
    write_rows(table, COLUMNS, (dict(zip(COLUMNS, (_SCANNER, *p), strict=True)) for p in pairs))
    if not pairs:
        raise StepFailed("no training patient has attenuation of L1 and L2 and a density")
    source = f"training split of the comparison, {len(pairs)} patients"
    words = ("calibrate", "--pairs", str(table), "--bodies", str(len(LEVELS)), "--source", source)
    step = Step(arguments=words, out=out / "line", reads=(table,))
    narrator.run(out.name, [step])
    [line] = step.out.glob("*.yaml")
    return line
