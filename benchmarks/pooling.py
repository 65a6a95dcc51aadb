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
from collections.abc import Callable
from pathlib import Path

import numpy as np

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

Rows = list[list[int]]


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


def seconds_in_r(sets: dict[str, Rows], repeats: int) -> dict[tuple[str, str], float]:
    """Time the programs of R on every set; nothing where R or lme4 is not installed."""
    if (r := shutil.which("Rscript")) is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for name, rows in sets.items():
                for study, (tp, fp, fn, tn) in enumerate(rows):
                    writer.writerow((name, study, 1, 0, tp + fn, tp))
                    writer.writerow((name, study, 0, 1, fp + tn, tn))
        command = [r, str(HERE / "pooling.R"), str(path), str(repeats)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line.split(",")[:3] for line in done.stdout.splitlines()]
    return {(name, program): float(s) for name, program, s in lines if s != "NA"}


def fits(sets: dict[str, Rows], repeats: int) -> None:
    """Print a row a set."""
    others = seconds_in_r(sets, repeats)
    programs = [p for p in ("glmer", "glmer bobyqa", "mada") if any(q == p for _, q in others)]
    header = ("exact", "Laplace", "REML", "floor", *programs)
    print(f"{'CPU seconds of one fit':<24}{'k':>4}" + "".join(f"{h:>14}" for h in header), end="")
    print(f"{'glmer/exact':>14}")
    ratios = []
    for name, rows in sets.items():
        counts = to_counts(rows)
        jobs = (
            lambda c=counts: fit_bivariate(c),
            lambda c=counts: fit_bivariate(c, nodes=1),
            lambda c=counts: fit_normal(c),
            floor(len(counts)),
        )
        ours = [median_s(job, repeats) for job in jobs]
        theirs = [others.get((name, program)) for program in programs]
        best = min((s for s in theirs[:2] if s is not None), default=None)
        cells = "".join(f"{'fails' if s is None else f'{s:.4f}':>14}" for s in (*ours, *theirs))
        ratio = "" if best is None else f"{best / ours[0]:.1f}"
        ratios += [] if best is None else [best / ours[0]]
        print(f"{name:<24}{len(counts):>4}{cells}{ratio:>14}")
    if ratios:
        print(f"quicker of glmer's / exact: median {statistics.median(ratios):.1f}, ", end="")
        print(f"least {min(ratios):.1f}")


def whole(rows: Rows, repeats: int) -> None:
    """Print what the rest of an analysis takes."""
    counts = to_counts(rows)
    fit = fit_bivariate(counts)
    tables = [AccuracyTable(study=f"Study {i}", table=_table(row)) for i, row in enumerate(rows)]
    jobs = {
        "leave-one-out, exact": lambda: leave_one_out(counts, fit),
        "profile intervals, exact": lambda: profile_intervals(counts, fit),
        "whole analysis": lambda: analyse(tables),
    }
    print(f"\nCPU seconds on the {len(rows)} tables of {LARGE}")
    for name, job in jobs.items():
        print(f"{name:<28}{median_s(job, repeats):10.3f}")


def _table(row: list[int]) -> ContingencyTable:
    names = ("true_positives", "false_positives", "false_negatives", "true_negatives")
    return ContingencyTable(**dict(zip(names, row, strict=True)))


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    sets = {
        name: [row for row in entry["tables"] if sum(row)]
        for name, entry in pins.items()
        if len(entry["tables"]) > 3 and "perfect" not in name
    }
    fits(sets, repeats)
    whole(pins[LARGE]["tables"], repeats)


if __name__ == "__main__":
    main()
