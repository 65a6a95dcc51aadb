"""Fitting the bivariate model: ctbone beside lme4's glmer, and mada where R has it.

    python -m benchmarks.pooling [--repeats 5]

Prints median CPU seconds of one fit on every pinned set of tests/reference that has a finite
maximum; R's are taken inside R. Both programs keep to one thread and warm up with one fit; CPU
seconds do not count what else the machine does. The floor of an exact fit is what no quadrature
of 21x21 nodes can avoid: an exponential and a logarithm of both logits at every node of every
study, at the start and after each of three Newton steps. Then leave-one-out and the whole analysis
of 39 tables.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.comparison import Cannot, Comparison, Timing, listing
from ctbone.interchange import AccuracyTable
from ctbone.pooling import analyse
from ctbone.pooling.influence import leave_one_out
from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.normal import fit_normal
from ctbone.pooling.model.profile import profile_intervals
from ctbone.records import ContingencyTable

HERE = Path(__file__).parent
PINS = HERE.parent / "tests" / "reference" / "sets.json"
COLUMNS = ("set", "study", "sens", "spec", "n", "true")
LARGE = "pet_axillary39"

REPEATS = 5

#: R's programs, as pooling.R names them and as they are told.
PROGRAMS = {"glmer": "lme4's glmer", "glmer bobyqa": "glmer, bobyqa", "mada": "mada"}

Rows = list[list[int]]

#: The exact model first, then those that are quicker and come near it.
_MODELS: dict[str, Callable[[Counts], object]] = {
    "ctbone": fit_bivariate,
    "ctbone, Laplace": partial(fit_bivariate, nodes=1),
    "ctbone, REML": fit_normal,
}


def to_counts(rows: Rows) -> Counts:
    """Turn rows of tp, fp, fn, tn into counts."""
    tp, fp, fn, tn = np.asarray(rows, float).T
    return Counts(np.stack([tp, tn], 1), np.stack([tp + fn, fp + tn], 1))


def median_s(job: Callable[[], object], repeats: int) -> float:
    """Return the median of several runs after one to warm up."""
    job()
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        job()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)


def floor(studies: int) -> Callable[[], object]:
    """Return a job that evaluates the integrand of so many studies four times."""
    logits = np.random.default_rng(0).normal(1.0, 1.0, (studies, 2, 21 * 21))

    def run() -> None:
        for _ in range(4):
            np.log1p(np.exp(-np.abs(logits)))

    return run


def seconds_in_r(sets: Mapping[str, Rows], repeats: int) -> dict[tuple[str, str], float | None]:
    """Time the programs of R on every set.

    Returns:
        Seconds by set and program, ``None`` where it fails; nothing of programs that R has not.

    Raises:
        Cannot: If R or lme4 is not installed.
    """
    if (r := shutil.which("Rscript")) is None:
        raise Cannot("R is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.csv"
        _write_long(path, sets)
        command = [r, str(HERE / "pooling.R"), str(path), str(repeats)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Cannot(f"R says {' '.join(done.stderr.split())[:200]}")
    lines = [line.split(",")[:3] for line in done.stdout.splitlines()]
    return {(name, program): None if s == "NA" else float(s) for name, program, s in lines}


def _write_long(path: Path, sets: Mapping[str, Rows]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for name, rows in sets.items():
            for study, (tp, fp, fn, tn) in enumerate(rows):
                writer.writerow((name, study, 1, 0, tp + fn, tp))
                writer.writerow((name, study, 0, 1, fp + tn, tn))


def fits(sets: Mapping[str, Rows], repeats: int) -> list[Comparison]:
    """Time one fit of each set: the exact model of ctbone, its other models, and those of R."""
    others: dict[tuple[str, str], float | None] = {}
    note = ""
    try:
        others = seconds_in_r(sets, repeats)
    except Cannot as reason:
        note = str(reason)
    installed = {program for _, program in others}
    found = []
    for name, rows in sets.items():
        counts = to_counts(rows)
        own, *models = (
            Timing(program=program, wall_s=median_s(partial(job, counts), repeats))
            for program, job in _MODELS.items()
        )
        peers = [
            _timing_in_r(p, others.get((name, p)), note or "fails" * (p in installed))
            for p in PROGRAMS
        ]
        task = f"pool {len(counts)} tables ({name}), exact model"
        floor_s = median_s(floor(len(counts)), repeats)
        found.append(Comparison(task=task, own=own, peers=(*models, *peers), floor_s=floor_s))
    return found


def _timing_in_r(program: str, seconds: float | None, note: str) -> Timing:
    shown = "" if seconds is not None else note or f"{program} is not installed"
    return Timing(program=PROGRAMS[program], wall_s=seconds, note=shown)


def glmer_ratios(found: Sequence[Comparison]) -> list[float]:
    """Return how many times ctbone's time the quicker of glmer's two took on each set."""
    names = {PROGRAMS["glmer"], PROGRAMS["glmer bobyqa"]}
    both = [[one.ratio(p) for p in one.peers if p.program in names] for one in found]
    known = [[ratio for ratio in ratios if ratio is not None] for ratios in both]
    return [min(ratios) for ratios in known if ratios]


def analyses(rows: Rows, repeats: int) -> list[Comparison]:
    """Time what the rest of an analysis takes: leaving out, profiles, everything."""
    counts = to_counts(rows)
    fit = fit_bivariate(counts)
    tables = [AccuracyTable(study=f"Study {i}", table=_table(row)) for i, row in enumerate(rows)]
    jobs = {
        f"leave each of {len(rows)} tables out": lambda: leave_one_out(counts, fit),
        f"profile intervals of {len(rows)} tables": lambda: profile_intervals(counts, fit),
        f"the whole analysis of {len(rows)} tables": lambda: analyse(tables),
    }
    return [
        Comparison(task=task, own=Timing(program="ctbone", wall_s=median_s(job, repeats)))
        for task, job in jobs.items()
    ]


def comparisons(*, sets: Sequence[str] = (), repeats: int = REPEATS) -> list[Comparison]:
    """Time a fit of the large set, told beside it how glmer does on all, and whole analyses.

    Args:
        sets: Names of the sets; none for all.
        repeats: Of which the median counts.
    """
    known = read_sets()
    asked = {name: known[name] for name in (LARGE, *(sets or known))}
    found = fits(asked, repeats)
    large = found[0]
    if ratios := glmer_ratios(found):
        told = f"on {len(ratios)} sets, glmer takes {min(ratios):.1f} to {max(ratios):.1f} x"
        large = replace(large, own=replace(large.own, note=told, more={"glmer_ratios": ratios}))
    return [large, *analyses(known[LARGE], repeats)]


def _table(row: list[int]) -> ContingencyTable:
    names = ("true_positives", "false_positives", "false_negatives", "true_negatives")
    return ContingencyTable(**dict(zip(names, row, strict=True)))


def read_sets() -> dict[str, Rows]:
    """Return every pinned set that has a finite maximum."""
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    return {
        name: [row for row in entry["tables"] if sum(row)]
        for name, entry in pins.items()
        if len(entry["tables"]) > 3 and "perfect" not in name
    }


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    repeats = parser.parse_args().repeats
    sets = read_sets()
    found = fits(sets, repeats)
    print(listing([*found, *analyses(sets[LARGE], repeats)]))
    if ratios := glmer_ratios(found):
        print(f"quicker of glmer's / exact: median {statistics.median(ratios):.1f}, ", end="")
        print(f"least {min(ratios):.1f}, most {max(ratios):.1f} on {len(ratios)} sets")


if __name__ == "__main__":
    main()
