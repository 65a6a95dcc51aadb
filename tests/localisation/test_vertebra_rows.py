"""A row a vertebra, with numbers where it can be measured and a reason where it cannot."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.interchange import OUTCOME_FILES
from ctbone.localisation import MaskEntry, locate_labels
from ctbone.localisation.vertebra_rows import measure_vertebrae
from ctbone.volume import CTVolume
from tests.localisation.spine import BODY_MM, CORE_HU, make_spine

ENTRY = MaskEntry(path=None, numbering="verse", holds="body")


@pytest.fixture(scope="module")
def spine():
    return make_spine(("L1", "L2"), degrees=(6.0, 3.0, 0.0))


@pytest.fixture(scope="module")
def located(spine):
    return locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=ENTRY)


def test_whole_bodies_are_measured(spine, located):
    rows, estimates = measure_vertebrae(spine.volume, located)
    assert [e.level for e in estimates] == [VertebralLevel.L1, VertebralLevel.L2]
    truth_mm3 = np.pi * BODY_MM[0] * BODY_MM[1] * 2 * BODY_MM[2]
    for row, estimate in zip(rows, estimates, strict=True):
        assert row.keys() == set(OUTCOME_FILES["vertebrae.csv"]) - {"study_uid"}
        assert (row["bmd_mg_cm3"], row["sd_mg_cm3"]) == (None, None)
        assert (row["evaluable"], row["reason"]) == (True, None)
        assert estimate.trabecular_hu == pytest.approx(CORE_HU, abs=2.0)
        assert row["trabecular_hu"] == round(estimate.trabecular_hu, 4)
        assert row["trabecular_median_hu"] == pytest.approx(CORE_HU, abs=2.0)
        assert 0.0 <= row["trabecular_sd_hu"] < 30.0
        spread = [row[f"trabecular_{name}_hu"] for name in ("p10", "median", "p90")]
        assert spread == sorted(spread)
        assert 1000.0 < row["trabecular_volume_mm3"] < row["body_volume_mm3"]
        assert row["body_volume_mm3"] == pytest.approx(truth_mm3, rel=0.05)


def test_a_cut_body_has_its_reason_and_no_number(spine, located):
    rows, estimates = measure_vertebrae(spine.volume, [replace(located[0], is_whole=False)])
    assert estimates == []
    assert (rows[0]["evaluable"], rows[0]["reason"]) == (False, "level_not_in_field")
    assert "trabecular_hu" not in rows[0]


def test_metal_has_its_reason_and_no_number(spine, located):
    hu = spine.volume.hu.copy()
    hu[spine.bodies == VertebralLevel.L1] = 2900
    rows, estimates = measure_vertebrae(CTVolume(hu, spine.volume.affine, "1.2.3"), located)
    assert [e.level.name for e in estimates] == ["L2"]
    assert [row["reason"] for row in rows] == ["not_evaluable", None]


def test_a_centre_without_a_body_is_measured_by_the_ellipse(spine, located):
    rows, _ = measure_vertebrae(spine.volume, [replace(located[0], body=None)])
    assert rows[0]["body_volume_mm3"] is None
    assert rows[0]["flags"] == ("ellipse_region",)
    assert rows[0]["trabecular_hu"] == pytest.approx(CORE_HU, abs=2.0)
