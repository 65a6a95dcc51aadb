"""Every vertebra is measured where it can be, and has a reason where it cannot."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.interchange import OUTCOME_FILES, level_rows
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
    vertebrae, estimates = measure_vertebrae(spine.volume, located)
    assert [e.level for e in estimates] == [VertebralLevel.L1, VertebralLevel.L2]
    truth_mm3 = np.pi * BODY_MM[0] * BODY_MM[1] * 2 * BODY_MM[2]
    for row, estimate in zip(level_rows(vertebrae, estimates), estimates, strict=True):
        assert row.keys() == set(OUTCOME_FILES["vertebrae.csv"]) - {
            "study_uid",
            "series_uid",
            "detail",
        }
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


def test_a_body_with_a_reason_or_cut_off_has_no_number(spine, located):
    cut = replace(located[0], is_whole=False)
    broken = replace(located[1], reason=Reason.FRACTURE, detail="found 28 %")
    vertebrae, estimates = measure_vertebrae(spine.volume, [cut, broken])
    assert estimates == []
    rows = level_rows(vertebrae, estimates)
    assert [row["reason"] for row in rows] == ["truncated", "fracture"]
    assert not any("trabecular_hu" in row for row in rows)


def test_what_cannot_be_measured_gets_its_reason_and_no_number(spine, located):
    hu = spine.volume.hu.copy()
    hu[spine.bodies == VertebralLevel.L1] = 2900
    volume = CTVolume(hu, spine.volume.affine, "1.2.3")
    vertebrae, estimates = measure_vertebrae(volume, located)
    assert [e.level.name for e in estimates] == ["L2"]
    assert [v.reason for v in vertebrae] == [Reason.NOT_EVALUABLE, None]
    assert "found 2900: metal or cement" in vertebrae[0].detail


def test_a_centre_without_a_body_is_measured_by_the_ellipse(spine, located):
    vertebrae, estimates = measure_vertebrae(spine.volume, [replace(located[0], body=None)])
    (row,) = level_rows(vertebrae, estimates)
    assert row["body_volume_mm3"] is None
    assert row["flags"] == ("ellipse_region",)
    assert row["trabecular_hu"] == pytest.approx(CORE_HU, abs=2.0)
