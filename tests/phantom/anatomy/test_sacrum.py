from itertools import pairwise

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, render, sample_patient
from ctbone.phantom.anatomy.variants import VariantConfig
from tests.phantom.conftest import QUIET, upright_grid

from .distances import distance


def test_the_sacrum_is_a_wedge_hollow_in_front(patients):
    for patient in patients:
        wings, s1 = patient.bones.sacrum.wings_mm, patient.column.vertebrae[-1]
        widths = np.linalg.norm(wings[1] - wings[0], axis=1)
        assert np.all(np.diff(widths) < 0.0)
        assert wings[0, 0] @ s1.frame[:, 0] < wings[1, 0] @ s1.frame[:, 0]
        assert 85.0 < widths[0] + 2.0 * patient.bones.sacrum.radii_mm[0] < 140.0
        centres = np.array([b.centre_mm for b in (s1, *patient.column.sacrum)])
        chord = centres[-1] - centres[0]
        normal = np.cross(s1.frame[:, 0], chord)
        normal *= np.sign(normal @ s1.frame[:, 1])
        assert np.all((centres[1:4] - centres[0]) @ normal > 0.0)


def test_foramina_of_the_sacrum_are_open_in_front(patients):
    """Between the bars of S1 and S2, and of S2 and S3, beside the bodies."""
    for patient in patients[:20]:
        bodies = (patient.column.vertebrae[-1], *patient.column.sacrum)
        for upper, lower in pairwise(bodies[:3]):
            middle, frame = 0.5 * (upper.centre_mm + lower.centre_mm), upper.frame
            for side in (-1.0, 1.0):
                out = side * (0.5 * lower.width_mm + np.array([2.0, 4.0, 6.0, 8.0, 10.0]))
                points = middle + out[:, None] * frame[:, 0] + 2.0 * frame[:, 1]
                assert distance(points, patient.bones.sacrum.solids).max() > 0.3


def test_the_whole_sacrum_is_labelled_as_s1(patients):
    """In the spine map; the map of bodies knows S1 alone, and the coccyx belongs to neither."""
    patient = patients[0]
    s1, low = patient.column.vertebrae[-1], patient.column.sacrum
    middle = 0.5 * (s1.centre_mm + low[-1].centre_mm)
    grid = upright_grid((90, 70, 90), (1.7, 1.9, 1.8), tuple(middle))
    found = render(patient, grid=grid, scan=QUIET, seed=0)

    def label(name, place):
        i, j, k = np.rint(np.linalg.solve(grid.affine, [*place, 1.0])[:3]).astype(int)
        return getattr(found, name)[i, j, k]

    for body in low:
        assert label("spine", body.centre_mm) == L.S1
        assert label("bodies", body.centre_mm) == 0
    assert label("bodies", s1.centre_mm) == L.S1
    for wing in patient.bones.sacrum.wings_mm[:, 0]:
        assert label("spine", wing) == L.S1
    assert label("spine", patient.bones.sacrum.coccyx[-1].points_mm[1]) == 0


def _transitional(lumbarised):
    config = PatientConfig(
        variants=VariantConfig(transitional_fraction=1.0, lumbarised_fraction=lumbarised)
    )
    return [sample_patient(config, seed=seed) for seed in range(30)]


@pytest.fixture(scope="module")
def sacralised():
    return _transitional(0.0)


def test_sacralised_processes_meet_the_sacrum_as_their_type_says(sacralised):
    """Nearer than 3 mm but apart in a joint, one with it when fused, apart when enlarged."""
    seen = set()
    for patient in sacralised:
        level = patient.anomalies.transitional
        rest = [s for s in patient.bones.sacrum.solids if s.level is L.S1]
        for rank, kind in enumerate(patient.anomalies.junctions):
            parts = [s for s in patient.bones.sacrum.solids if s.level is level]
            ala = patient.bones.sacrum.wings_mm[rank, 0]
            side = patient.column.vertebrae[-1].frame[:, 0] * (-1.0, 1.0)[rank]
            mine = [s for s in parts if side @ (_middle(s) - ala) > -40.0]
            if kind == "free":
                assert not mine
                continue
            foot = mine[1].points_mm[-1]
            gap = distance(foot[None], rest)[0] - mine[1].radii_mm[-1]
            bounds = {"enlarged": (2.5, 40.0), "joint": (-0.5, 3.0), "fused": (-30.0, -0.5)}[kind]
            assert bounds[0] < gap < bounds[1], (kind, gap)
            seen.add(kind)
    assert seen == {"enlarged", "joint", "fused"}


def _middle(shape):
    points = getattr(shape, "points_mm", None)
    return (shape.corners_mm.reshape(-1, 3) if points is None else points).mean(0)


def test_a_lumbarised_s1_keeps_a_disc_and_a_fused_last_lumbar_loses_height(sacralised):
    lumbarised = _transitional(1.0)

    def gap(patient, upper, lower):
        bodies = (*patient.column.vertebrae, *patient.column.sacrum)
        pair = bodies[len(patient.column.vertebrae) + upper], bodies[
            len(patient.column.vertebrae) + lower]  # fmt: skip
        apart = np.linalg.norm(pair[0].centre_mm - pair[1].centre_mm)
        return apart - 0.5 * (pair[0].height_mm + pair[1].height_mm)

    assert np.mean([gap(p, -1, 0) for p in lumbarised]) > 2.5
    assert np.mean([gap(p, -1, 0) for p in sacralised]) < 2.0
    below = [np.mean([gap(p, -2, -1) for p in group]) for group in (sacralised, lumbarised)]
    assert below[0] < 0.85 * below[1]
