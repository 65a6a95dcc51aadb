"""Published tables with the numbers that other programs give for them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ctbone.records import ContingencyTable

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "bivariate.json"


def to_tables(rows):
    """Turn rows of tp, fp, fn, tn into tables."""
    return [
        ContingencyTable(
            true_positives=tp, false_positives=fp, false_negatives=fn, true_negatives=tn
        )
        for tp, fp, fn, tn in rows
    ]


@pytest.fixture(scope="session")
def reference():
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tables(reference):
    return {name: to_tables(entry["tables"]) for name, entry in reference.items()}


@pytest.fixture(scope="session")
def every_set(shared_data):
    """Name, tables and reference of every set beside the checkout."""
    found = []
    for path in sorted((shared_data / "dta" / "datasets").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                tuple(int(row[name]) for name in ("tp", "fp", "fn", "tn"))
                for row in csv.DictReader(file)
            ]
        known = shared_data / "dta" / "reference" / f"{path.stem}.json"
        if known.is_file():
            text = known.read_text(encoding="utf-8")
            found.append((path.stem, to_tables(rows), json.loads(text)))
    return found
