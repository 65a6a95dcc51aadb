"""A labelled scan becomes a case that says what is true, and nothing that nobody has labelled."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import IrregularGeometry, MaskMissing
from ctbone.networks import LocaliserConfig
from ctbone.resampling import resample, sample_onto
from ctbone.training import LabelledData
from ctbone.training.cases import ARCH, RIB, UNKNOWN
from ctbone.training.labelled import find_studies, to_case
from ctbone.training.losses import UNKNOWN_SHARE
from ctbone.training.targets import to_targets
from ctbone.volume import reorient, to_indices
from tests.training.labelled.folders import (
    write_mask,
    write_nnunet,
    write_totalsegmentator,
    write_verse,
)

SPACING_MM = 6.0
WRITERS = {
    "verse": write_verse,
    "totalsegmentator": write_totalsegmentator,
    "nnunet": write_nnunet,
}
S1 = VertebralLevel.S1


@pytest.fixture(scope="module")
def studies(tmp_path_factory, scanned):
    """The same scan in each layout."""
    found = {}
    for layout, write in WRITERS.items():
        root = write(tmp_path_factory.mktemp(layout), scanned)
        found[layout] = find_studies(LabelledData(path=root, layout=layout))[0]
    return found


@pytest.fixture(scope="module")
def cases(studies):
    return {name: to_case(study, spacing_mm=SPACING_MM) for name, study in studies.items()}


@pytest.fixture(scope="module")
def coarse(scanned):
    return resample(reorient(scanned.volume), spacing_mm=(SPACING_MM,) * 3)


@pytest.mark.parametrize("layout", WRITERS)
def test_centres_and_levels_are_the_true_ones(cases, layout, scanned, coarse):
    case = cases[layout]
    truth = {v.level: v.centroid_mm for v in scanned.vertebrae if v.is_whole}
    assert [VertebralLevel(n) for n in case.levels] == list(truth)
    true = to_indices(coarse.affine, np.array(list(truth.values())))
    away = np.linalg.norm(case.centres - true, axis=1) * SPACING_MM
    # VerSe's are given; the others come of parting body and arch on voxels of 4 mm.
    assert away.max() < (0.1 if layout == "verse" else 4.0)


@pytest.mark.parametrize("layout", WRITERS)
def test_bodies_are_parted_from_arches(cases, layout, scanned, coarse):
    case = cases[layout]
    levels = [int(n) for n in case.levels]
    true = np.isin(scanned.bodies, levels)
    share = sample_onto(true, scanned.volume.affine, coarse.grid, outside=0.0) * 255.0
    dice = 2.0 * np.minimum(share, case.body).sum() / (share.sum() + case.body.sum())
    assert dice > 0.85
    at = tuple(np.rint(case.centres).astype(int).T)
    assert np.array_equal(case.labels[at], case.levels)
    arches = np.unique(case.labels[(case.labels >= ARCH) & (case.labels < UNKNOWN)])
    assert set(arches) == {level + ARCH for level in levels}


def test_ribs_are_taught_where_they_are_labelled(cases, scanned):
    counts = np.bincount(scanned.ribs.ravel())
    # Of a rib that the field cuts to a stub, no coarse voxel need be left.
    seen = {level + RIB for level in np.flatnonzero(counts) if level and counts[level] > 50}
    assert len(seen) >= 4
    for layout in ("totalsegmentator", "nnunet"):
        labels = cases[layout].labels
        ribs = set(np.unique(labels[(labels >= RIB) & (labels < ARCH)]))
        assert seen <= ribs <= {level + RIB for level in np.unique(scanned.ribs)}
        assert cases[layout].unlabelled == ("discs", "kinds")
    assert cases["verse"].unlabelled == ("discs", "kinds", "ribs")


@pytest.mark.parametrize("layout", WRITERS)
def test_beyond_the_outermost_whole_vertebrae_nothing_is_known(cases, layout):
    case = cases[layout]
    # The sacrum, cut by the field, is no vertebra and no background.
    low, high = case.centres[:, 2].min(), case.centres[:, 2].max()
    known = case.labels[:, :, int(np.floor(low)) : int(np.ceil(high)) + 1]
    beyond = np.concatenate(
        [case.labels[:, :, : int(np.floor(low))], case.labels[:, :, int(np.ceil(high)) + 1 :]], 2
    )
    assert not (beyond == 0).any()
    # Between them only a vertebra that cannot be used is left open: the tip of the sacrum.
    assert (known == UNKNOWN).mean() < 0.01
    assert not np.isin(case.labels, [S1, S1 + ARCH]).any()
    heat, body, *_ = to_targets(case, config=LocaliserConfig(spacing_mm=SPACING_MM))
    assert (heat[case.labels == UNKNOWN] == UNKNOWN_SHARE).all()
    assert (body[case.labels == UNKNOWN] == UNKNOWN_SHARE).all()


def test_a_centroid_of_another_vertebra_is_refused(studies, tmp_path):
    study = studies["verse"]
    rows = json.loads(study.centroids.read_text())
    for row in rows[1:]:
        row["label"] -= 1
    path = tmp_path / "slipped_ctd.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(IrregularGeometry, match="mm from the body of that label"):
        to_case(replace(study, centroids=path), spacing_mm=SPACING_MM)


def test_masks_on_several_grids_are_refused(studies, tmp_path, scanned):
    study = studies["totalsegmentator"]
    path = tmp_path / "vertebrae_L3.nii.gz"
    write_mask(path, (scanned.spine == VertebralLevel.L3)[:, :, :-1], scanned)
    masks = (*study.masks, (path, {1: int(VertebralLevel.L3)}))
    with pytest.raises(IrregularGeometry, match="on one grid, found several"):
        to_case(replace(study, masks=masks), spacing_mm=SPACING_MM)


def test_a_mask_without_a_whole_vertebra_is_refused(studies, tmp_path, scanned):
    path = tmp_path / "mask.nii.gz"
    write_mask(path, np.where(scanned.spine == S1, S1, 0), scanned)
    study = replace(studies["verse"], masks=((path, {int(S1): int(S1)}),), centroids=None)
    with pytest.raises(MaskMissing, match="expected"):
        to_case(study, spacing_mm=SPACING_MM)
