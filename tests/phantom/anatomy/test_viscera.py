"""Where organs lie must not tell the level: spread, independence, handedness, absence."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, sample_patient
from ctbone.phantom.tissue import Tissue

#: A level and a half: 1.5 times the body and disc of L2.
SPREAD_MM = 55.0


def _organs(patient, tissue):
    return [o for o in patient.viscera.organs if o.tissue is tissue]


def _heights(patient):
    """Return the height of each organ above L1, and NaN for those that are missing."""

    def first(found):
        return found[0] if found else np.nan

    kidneys = {o.centre_mm[0] < 0: o.centre_mm[2] for o in _organs(patient, Tissue.KIDNEY)}
    liver = _organs(patient, Tissue.LIVER)[0]
    arteries = [t for t in patient.viscera.vessels if t.tissue is Tissue.ARTERY]
    return {
        "right kidney": kidneys.get(True, np.nan),
        "left kidney": kidneys.get(False, np.nan),
        "right dome": patient.torso.domes_mm[0],
        "liver edge": liver.centre_mm[2] - liver.semi_axes_mm[2],
        "spleen": first([o.centre_mm[2] for o in _organs(patient, Tissue.SPLEEN)]),
        "bifurcation": arteries[0].points_mm[-1, 2],
        "heart": patient.viscera.heart[0].centre_mm[2],
        "bladder": _organs(patient, Tissue.MUSCLE)[0].centre_mm[2],
        "caecum": patient.viscera.gut.starts_mm[0, 2],
    }


@pytest.fixture(scope="module")
def heights(crowd):
    rows = [_heights(patient) for patient in crowd]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def test_every_organ_is_spread_over_more_than_a_level_and_a_half(heights):
    for name, values in heights.items():
        low, high = np.nanpercentile(values, (5, 95))
        assert high - low > SPREAD_MM, name


def test_heights_do_not_follow_the_spine(crowd, heights):
    """How far L4 lies below L1 says little about any organ above the pelvis."""
    below = np.array(
        [next(v.centre_mm[2] for v in p.column.vertebrae if v.level is L.L3) for p in crowd]
    )
    for name in set(heights) - {"bladder", "caecum"}:
        known = ~np.isnan(heights[name])
        assert abs(np.corrcoef(below[known], heights[name][known])[0, 1]) < 0.35, name


def test_organs_move_on_their_own(heights):
    """Kidneys follow neither each other nor the diaphragm closely enough to be counted by."""
    apart = ("right kidney", "left kidney", "right dome", "bifurcation", "bladder")
    for first, second in combinations(apart, 2):
        both = ~np.isnan(heights[first]) & ~np.isnan(heights[second])
        found = np.corrcoef(heights[first][both], heights[second][both])[0, 1]
        assert abs(found) < 0.55, (first, second)


def test_organs_are_missing_in_some(crowd):
    def share(tissue, usual):
        return np.mean([len(_organs(p, tissue)) < usual for p in crowd])

    assert 0.03 < share(Tissue.KIDNEY, 2) < 0.2
    assert 0.005 < share(Tissue.SPLEEN, 1) < 0.12
    assert (
        0.05
        < np.mean([not any(_is_gallbladder(o) for o in p.viscera.organs) for p in crowd])
        < 0.3
    )


def _is_gallbladder(organ):
    return any(layer.tissue is Tissue.BILE for layer in organ.layers)


def test_liver_and_caecum_are_right_spleen_and_stomach_left(crowd):
    """Right is negative in LPS, also in patients who lie turned."""
    for patient in crowd:
        assert _organs(patient, Tissue.LIVER)[0].centre_mm[0] < 0.0
        assert all(o.centre_mm[0] > 0.0 for o in _organs(patient, Tissue.SPLEEN)[:1])
        assert patient.viscera.gut.starts_mm[0, 0] < patient.torso.cavity[3].mean()
    apex = [p.viscera.heart[0].centre_mm[0] > p.column.vertebrae[10].centre_mm[0] for p in crowd]
    assert np.mean(apex) > 0.9


def test_sexes_have_their_organs(crowd):
    for patient in crowd:
        glands = [o for o in patient.viscera.lumps if o.tissue is Tissue.GLAND]
        assert len(glands) == (2 if patient.sex == "F" else 0)
    wombs = [len(_organs(p, Tissue.PELVIC_ORGAN)) for p in crowd if p.sex == "F"]
    assert 0.7 < np.mean(np.array(wombs) > 0) <= 1.0


def test_one_part_does_not_move_another():
    """Each organ has its own source of chance: a change of the gut leaves the kidneys alone."""
    first, second = (sample_patient(PatientConfig(), seed=5) for _ in range(2))
    for name in ("organs", "heart"):
        for a, b in zip(getattr(first.viscera, name), getattr(second.viscera, name), strict=True):
            assert np.array_equal(a.centre_mm, b.centre_mm)
    assert np.array_equal(first.viscera.gut.starts_mm, second.viscera.gut.starts_mm)


def test_everything_is_finite(crowd):
    """Nothing that is painted may be empty or lost."""
    for patient in crowd[:60]:
        for array in _arrays(patient.viscera):
            assert np.all(np.isfinite(array))
        for thread in patient.viscera.vessels:
            radii = thread.radii_mm
            assert np.all(radii > 0.2)
            assert np.all(radii < 50.0)


def _arrays(value):
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _arrays(getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        yield np.asarray(value, float)
    elif isinstance(value, tuple):
        for item in value:
            yield from _arrays(item)
