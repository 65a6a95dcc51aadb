from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.stats import chi2

from ctbone.evaluation import Case
from ctbone.evaluation.measures.precision import precision
from tests.evaluation.conftest import make_reference, make_result


def study(number, patient, density, day):
    when = None if day is None else date.fromordinal(date(2020, 1, 1).toordinal() + day)
    reference = make_reference(number, 100, patient_id=patient, study_date=when)
    return Case(reference=reference, result=make_result(number, density))


def test_precision_worked_by_hand():
    studies = [
        study(0, "a", 100.0, 0),
        study(1, "a", 104.0, 10),
        study(2, "b", 80.0, 0),
        study(3, "b", 83.0, 5),
        study(4, "b", 86.0, 9),
        study(5, "c", 90.0, 0),
    ]
    found = precision(studies)
    # Sums of squares 8 and 18 with 1 and 2 degrees of freedom.
    sd = np.sqrt(26 / 3)
    assert (found.patients, found.studies) == (2, 5)
    assert found.rms_sd.estimate == pytest.approx(sd)
    assert found.least_significant_change.estimate == pytest.approx(2.772 * sd, rel=1e-4)
    expected = np.sqrt(26 / chi2.ppf([0.975, 0.025], 3))
    assert (found.rms_sd.lower, found.rms_sd.upper) == pytest.approx(tuple(expected))


def test_limits_cover_the_true_precision():
    rng, held = np.random.default_rng(4), 0
    for _ in range(300):
        values = rng.normal(100, 20, 10)[:, None] + rng.normal(0, 3, (10, 2))
        studies = [
            study(2 * i + j, f"p{i}", float(values[i, j]), j) for i in range(10) for j in (0, 1)
        ]
        found = precision(studies).rms_sd
        held += found.lower <= 3 <= found.upper
    assert held / 300 == pytest.approx(0.95, abs=0.03)


def test_what_is_no_repetition_counts_for_nothing():
    later = [study(0, "a", 100.0, 0), study(1, "a", 70.0, 91)]
    undated = [study(2, "b", 100.0, None), study(3, "b", 90.0, None)]
    rejected = [study(4, "c", 100.0, 0), study(5, "c", None, 1)]
    assert precision([*later, *undated, *rejected]) is None
