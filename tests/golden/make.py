"""Five simulated patients from DICOM to a pooled estimate, and the files that pin them.

    python -m tests.golden.make

writes the files beside this one again. They are made by the commands themselves: an export is
simulated and screened by the HU line of a made-up calibration, with the masks of the simulation;
its results are evaluated, and the tables that come of it pooled with 14 of a published review,
which stand in for the tests of others. No network and no chance but the seed has a part in it.

A file that changes says which number a change moved: commit it with what explains the difference.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.evaluation import EvaluateConfig, evaluate
from ctbone.interchange import AccuracyTable, write_tables
from ctbone.phantom import SimulateConfig, simulate
from ctbone.pooling import PoolConfig, pool
from ctbone.screening import ScreenConfig, screen
from tests.pooling.conftest import load_pins, to_tables

GOLDEN = Path(__file__).parent

#: The files that are kept, and where the commands write them.
FILES = {
    "results.csv": "screening",
    "vertebrae.csv": "screening",
    "rejections.csv": "screening",
    "confusion_matrices.csv": "evaluation",
    "summary.csv": "pooling",
}

LINE = """\
slope_mg_cm3_per_hu: 0.8
intercept_mg_cm3: 0.0
residual_sd_mg_cm3: 9.0
phantom: k2hpo4
scanner: golden
kvp: 120.0
source: made up for this test
"""


def run(folder: Path) -> dict[str, Path]:
    """Go the whole way in an empty folder; return the files that are kept, by name."""
    _simulate(folder)
    _screen(folder)
    evaluate(
        EvaluateConfig(
            results=folder / "screening" / "results.csv",
            cohort=folder / "made" / "cohort.csv",
            out=folder / "evaluation",
            bootstrap=0,
            figures=False,
            page=False,
        )
    )
    tables = (folder / "evaluation" / "confusion_matrices.csv", _published(folder))
    pool(PoolConfig(tables=tables, out=folder / "pooling", figures=False))
    return {name: folder / room / name for name, room in FILES.items()}


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table without the seconds that a study took."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {name: cell for name, cell in row.items() if name != "seconds"}
            for row in csv.DictReader(file)
        ]


def _simulate(folder: Path) -> None:
    simulate(
        SimulateConfig(
            out=folder / "made",
            patients=5,
            seed=1,
            matrix=96,
            pixel_mm=4.0,
            regions=("lumbar",),
            internal_fractions=(0.0, 0.0, 1.0),
            second_series_fraction=0.0,
            lateral_localizer_fraction=0.0,
            secondary_capture_fraction=0.0,
            broken_fraction=0.2,
        )
    )


def _screen(folder: Path) -> None:
    line, key = folder / "line.yaml", folder / "key"
    line.write_text(LINE, encoding="utf-8")
    key.write_text("golden", encoding="utf-8")
    screen(
        ScreenConfig(
            export=folder / "made" / "export",
            masks=folder / "made" / "masks.csv",
            calibration=line,
            site_key=key,
            out=folder / "screening",
            pictures=False,
            workers=0,
        )
    )


def _published(folder: Path) -> Path:
    tables = to_tables(load_pins()["auditc"]["tables"])
    rows = [
        AccuracyTable(study=f"Published {n}", target="osteoporosis", table=table)
        for n, table in enumerate(tables, 1)
    ]
    return write_tables(folder / "published.csv", rows)


def main() -> int:
    """Write the files again."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in run(Path(folder)).items():
            rows = read(path)
            write_rows(GOLDEN / name, tuple(rows[0]), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
