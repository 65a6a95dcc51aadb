"""Published tables with the numbers that other programs give for them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ctbone.pooling.model.likelihood import Counts
from ctbone.records import ContingencyTable

PINS = Path(__file__).resolve().parents[1] / "reference" / "sets.json"

#: Sets whose estimate diverges: a margin is perfect in every study.
PERFECT = ("edge_all_perfect_k5", "edge_perfect_sens_k6")


def to_tables(rows):
    """Turn rows of tp, fp, fn, tn into tables."""
    return [
        ContingencyTable(
            true_positives=tp, false_positives=fp, false_negatives=fn, true_negatives=tn
        )
        for tp, fp, fn, tn in rows
    ]


def to_counts(rows):
    """Turn rows of tp, fp, fn, tn into counts, without studies that hold nobody."""
    return Counts.from_tables(to_tables(row for row in rows if sum(row)))


def load_pins():
    return json.loads(PINS.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def pins():
    """All that is pinned, by set: source, tables, covariates, python_exact, r."""
    return load_pins()


@pytest.fixture(scope="session")
def reference(pins):
    """The quantities that most tests read, by set."""
    return {name: _usual(pins[name]) for name in pins if pins[name]["python_exact"].get("sroc")}


def _usual(entry):
    exact, r = entry["python_exact"], entry["r"]
    sroc = exact["sroc"]
    limits = {"lo": sroc["delta_logit_lo"], "hi": sroc["delta_logit_hi"]}
    return {
        "exact": exact["aghq"],
        "auc": {"est": sroc["AUC_exact_integral"], **limits},
        "glmer_laplace": r["glmer_laplace"],
        "zhou_dendukuri": exact["heterogeneity"]["zhou_dendukuri"],
        "deeks": _line(r["deeks"]),
    }


def _line(deeks):
    kept = ("slope", "se", "intercept", "t", "p")
    return {key: deeks["single_cc_ess_raw"][key] for key in kept} if deeks else None


@pytest.fixture(scope="session")
def tables(pins):
    return {name: to_tables(entry["tables"]) for name, entry in pins.items()}


@pytest.fixture(scope="session")
def counts(pins):
    return {name: to_counts(entry["tables"]) for name, entry in pins.items()}


@pytest.fixture(scope="session")
def every_set(pins, tables):
    """Name, tables and reference of every set."""
    return [(name, tables[name], entry) for name, entry in pins.items()]


@pytest.fixture(scope="session")
def simulated():
    """Twelve studies of a known model."""
    rng = np.random.default_rng(7)
    logits = rng.multivariate_normal([1.8, 2.2], [[0.4, -0.15], [-0.15, 0.5]], 12)
    totals = rng.integers(20, 150, (12, 2)).astype(float)
    events = rng.binomial(totals.astype(int), 1 / (1 + np.exp(-logits))).astype(float)
    return Counts(events, totals)
