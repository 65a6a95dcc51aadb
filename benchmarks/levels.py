"""Levels that a screening named, held against the truth of a simulated export.

    python -m benchmarks.levels --simulated out/trial --screened out/screening

prints how many measured vertebrae are the ones that they are called, how far their centres lie
from the truth, and in how many studies, with and without an anomaly of number or of ribs, a
wrong one was measured.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ctbone.delimited import to_truth

Point = tuple[float, float, float]

#: What stands under ``anomalies`` of a patient without one.
_USUAL = {
    "last_ribs": ["full", "full"],
    "lumbar_ribs": ["absent", "absent"],
    "transitional": None,
    "junctions": ["free", "free"],
}


class Truth(NamedTuple):
    """What is known of a study: centres by level, LPS millimetres, and whether it is unusual."""

    centres_mm: Mapping[str, Point]
    is_unusual: bool


class Found(NamedTuple):
    """One measured vertebra: its study, whether its name is right, and how far off it is."""

    study: str
    is_right: bool
    off_mm: float


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulated", type=Path, required=True, help="folder of ctbone simulate")
    parser.add_argument("--screened", type=Path, required=True, help="folder of ctbone screen")
    parser.add_argument("--levels", nargs="+", default=["L1", "L2"], help="levels that count")
    given = parser.parse_args()
    truths = read_truths(given.simulated)
    rows = list(measured(given.screened / "vertebrae.csv", truths, levels=given.levels))
    console = Console(highlight=False)
    for line in report(rows, truths):
        console.print(line)


def read_truths(simulated: Path) -> dict[str, Truth]:
    """Read the truth of every study of an export, in the coordinates of its main series."""
    found = {}
    for path in sorted((simulated / "truth").glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        vertebrae = told["series"][0]["vertebrae"] if told["series"] else ()
        is_usual = told["variant"] == "regular" and told["anomalies"] == _USUAL
        centres = {v["level"]: tuple(v["centroid_mm"]) for v in vertebrae}
        found[told["study_uid"]] = Truth(centres, not is_usual)
    return found


def measured(
    vertebrae: Path, truths: Mapping[str, Truth], *, levels: Sequence[str]
) -> Iterator[Found]:
    """Yield the evaluable vertebrae of some levels, each held against the nearest true one."""
    with vertebrae.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["level"] not in levels or not to_truth(row["evaluable"], name="evaluable"):
                continue
            x, y, z = (float(row[f"centroid_{axis}_mm"]) for axis in "xyz")
            centres = truths[row["study_uid"]].centres_mm
            off_mm, nearest = min((math.dist(c, (x, y, z)), name) for name, c in centres.items())
            yield Found(row["study_uid"], nearest == row["level"], off_mm)


def report(rows: Sequence[Found], truths: Mapping[str, Truth]) -> list[str]:
    """Return what to print."""
    by_study: dict[str, bool] = defaultdict(lambda: True)
    for row in rows:
        by_study[row.study] &= row.is_right
    studies = Counter((truths[study].is_unusual, right) for study, right in by_study.items())
    off = sorted(row.off_mm for row in rows if row.is_right)
    right = len(off)
    lines = [f"levels right: {right} of {len(rows)}" + _share(right, len(rows))]
    if off:
        tail = off[min(math.ceil(0.95 * right), right) - 1]
        lines.append(f"centres off by {off[right // 2]:.2f} mm (median), {tail:.2f} mm (95 %)")
    for unusual, name in ((False, "without an anomaly"), (True, "with an anomaly")):
        wrong, total = studies[unusual, False], studies[unusual, False] + studies[unusual, True]
        lines.append(
            f"studies {name} with a wrong level: {wrong} of {total}{_share(wrong, total)}"
        )
    return lines


def _share(part: int, whole: int) -> str:
    return f" ({part / whole:.1%})" if whole else ""


if __name__ == "__main__":
    main()
