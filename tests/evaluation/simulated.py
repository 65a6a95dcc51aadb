"""A cohort as a hospital group would bring it: 400 patients, three sites, all that goes wrong."""

from __future__ import annotations

from datetime import date, timedelta
from math import erf

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.cohort import write_cohort
from ctbone.delimited import write_rows
from ctbone.errors import Reason
from ctbone.interchange import result_cells
from ctbone.interchange.outcomes import VERTEBRA_COLUMNS
from ctbone.interchange.results import RESULT_COLUMNS

from .conftest import make_reference, make_result

SITES = {"North": "SIEMENS", "South": "GE MEDICAL SYSTEMS", "East": "Canon Medical Systems"}
KERNELS = {"North": "Br38f", "South": "STANDARD", "East": "FC08"}
REASONS = (Reason.LEVEL_NOT_IN_FIELD, Reason.LEVEL_UNCERTAIN, Reason.NOT_EVALUABLE)
LEVELS = (VertebralLevel.L1, VertebralLevel.L2)


def write_study(folder, *, patients=400, seed=3, noise=14.0):
    """Write cohort.csv, results.csv and vertebrae.csv; return the first two."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    cohort, results, vertebrae = [], [], []
    for i in range(patients):
        site = list(SITES)[i % 3]
        rows = _patient(rng, i, site, noise)
        cohort.append(rows[0])
        results.append(rows[1])
        vertebrae += rows[2]
        if i % 20 == 0:
            cohort.append(_again(rows[0], i))
            results.append(make_result(f"{i}.2", 100.0, patient_id=f"x{i}"))
    write_cohort(folder / "cohort.csv", cohort)
    write_rows(folder / "results.csv", RESULT_COLUMNS, map(result_cells, results[:-3]))
    write_rows(folder / "vertebrae.csv", VERTEBRA_COLUMNS, vertebrae)
    return folder / "cohort.csv", folder / "results.csv"


def _split(i, site):
    if site == "East":
        return "external_test"
    return ("train", "validation", "internal_test", "temporal_test")[i // 3 % 4]


def _patient(rng, i, site, noise):
    age = float(rng.uniform(42, 90))
    bmd = float(rng.normal(150 - (age - 40) * 1.3, 28))
    scanned = date(2021, 1, 4) + timedelta(days=int(rng.integers(0, 900)))
    gap = int(rng.choice([0, 10, 40, 160], p=[0.4, 0.3, 0.2, 0.1]))
    reference = make_reference(
        i,
        round(max(bmd, 12.0), 1),
        site=site,
        split=_split(i, site),
        sex=str(rng.choice(["F", "M"], p=[0.65, 0.35])),
        age_years=None if i % 37 == 0 else round(age, 1),
        study_date=scanned,
        reference_date=None if i % 29 == 0 else scanned + timedelta(days=gap),
    )
    if i % 41 == 7:
        reference = make_reference(
            i, None, category=None, site=site, split=_split(i, site), study_date=scanned
        )
    acquired = {
        "manufacturer": SITES[site],
        "kernel": KERNELS[site] if i % 9 else "BONEPLUS",
        "kvp": None if i % 53 == 0 else float(rng.choice([100.0, 120.0])),
        "slice_thickness_mm": float(rng.choice([1.0, 2.5, 5.0])),
        "contrast": (True, False, None)[int(rng.integers(0, 3))],
    }
    if rng.random() < 0.08:
        reason = REASONS[int(rng.integers(0, 3))]
        return reference, make_result(i, None, reason=reason, **acquired), []
    each = [max(bmd + float(rng.normal(0, noise)) + shift, 5.0) for shift in (4.0, -4.0)]
    measured = each[:1] if i % 17 == 0 else each
    # As in a screening, category and number are of one value, rounded alike.
    result = make_result(
        i,
        round(float(np.mean(measured)), 4),
        levels=LEVELS[: len(measured)],
        model="resnet18-2d-0123456789ab",
        **_probabilities(float(np.mean(measured)), noise),
        indeterminate=bool(rng.random() < 0.1),
        **acquired,
    )
    rows = [
        {"study_uid": f"1.{i}", "level": level.name, "bmd_mg_cm3": round(value, 4)}
        for level, value in zip(LEVELS, measured, strict=False)
    ]
    return reference, result, rows


def _probabilities(bmd, noise):
    """Return what a normal error of the density would make of the cut-offs."""
    low, high = (0.5 + 0.5 * erf((cut - bmd) / (1.5 * noise)) for cut in (80.0, 120.0))
    shares = {"osteoporosis": low, "osteopenia": high - low, "normal": 1.0 - high}
    return {f"p_{name}": round(share, 4) for name, share in shares.items()}


def _again(row, i):
    return make_reference(
        f"{i}.2",
        100.0,
        patient_id=row.patient_id,
        site=row.site,
        split=row.split,
        study_date=date(2019, 1, 1),
        reference_date=date(2020, 12, 1),
    )
