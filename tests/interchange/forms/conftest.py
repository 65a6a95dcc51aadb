"""R, where it is installed, and the 14 tables of AUDIT-C."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ctbone.interchange import AccuracyTable
from ctbone.records import ContingencyTable

_PINS = Path(__file__).resolve().parents[2] / "reference" / "sets.json"

#: tp, fp, fn, tn of the 14 studies of AUDIT-C.
AUDITC = tuple(json.loads(_PINS.read_text(encoding="utf-8"))["auditc"]["tables"])


def to_table(study, counts, **options):
    """Turn tp, fp, fn and tn into a table of a study."""
    tp, fp, fn, tn = counts
    table = ContingencyTable(
        true_positives=tp, false_positives=fp, false_negatives=fn, true_negatives=tn
    )
    return AccuracyTable(study=study, table=table, **options)


@pytest.fixture(scope="session")
def rscript():
    """Run R code in a folder and return what it prints; skips without R or lme4."""
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("R is absent")

    def run(folder, *arguments):
        done = subprocess.run(
            [program, "--vanilla", *arguments],
            cwd=folder,
            # Elsewhere R may write letters that its locale lacks as their numbers.
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    found = run(".", "-e", 'cat(requireNamespace("lme4", quietly = TRUE))')
    if found != "TRUE":
        pytest.skip("lme4 is absent")
    return run
