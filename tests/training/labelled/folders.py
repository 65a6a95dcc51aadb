"""Tiny data sets in the layouts of others, out of one simulated scan."""

from __future__ import annotations

import json

import nibabel
import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.ingest import write_label_map
from ctbone.training.cases import RIB
from ctbone.volume import to_indices

_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_image(path, scan):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nibabel.Nifti1Image(scan.volume.hu.astype(np.int16), _FLIP @ scan.volume.affine)
    image.header.set_xyzt_units("mm")
    image.set_qform(image.affine, code="scanner")
    image.set_sform(image.affine, code="scanner")
    nibabel.save(image, path)


def write_mask(path, labels, scan):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_label_map(path, np.asarray(labels, dtype=np.uint8), scan.volume.affine)


def without_sacrum(scan):
    """VerSe labels no sacrum."""
    return np.where(scan.spine == VertebralLevel.S1, 0, scan.spine)


def write_verse(root, scan, *, patients=("sub-a1", "sub-b2")):
    for patient in patients:
        raw, derived = (root / part / patient for part in ("rawdata", "derivatives"))
        write_image(raw / f"{patient}_dir-ax_ct.nii.gz", scan)
        stem = derived / f"{patient}_dir-ax_seg"
        write_mask(stem.with_name(f"{stem.name}-vert_msk.nii.gz"), without_sacrum(scan), scan)
        stem.with_name(f"{stem.name}-vb_ctd.json").write_text(json.dumps(centroids(scan)))
    return root


def centroids(scan):
    """As VerSe writes them, along other axes than those of the image: P, I and R."""
    rows = [{"direction": ["P", "I", "R"]}]
    for vertebra in scan.vertebrae:
        index = to_indices(scan.volume.affine, np.array([vertebra.centroid_mm]))[0]
        # The image runs to the right, backwards and upwards.
        along = (index[1], scan.spine.shape[2] - 1 - index[2], index[0])
        values = {axis: round(float(v), 2) for axis, v in zip("XYZ", along, strict=True)}
        rows.append({"label": int(vertebra.level), **values})
    return rows


def write_totalsegmentator(root, scan, *, patients=("s0001", "s0002")):
    for patient in patients:
        write_image(root / patient / "ct.nii.gz", scan)
        folder = root / patient / "segmentations"
        for level in np.setdiff1d(scan.spine, 0):
            name = f"vertebrae_{VertebralLevel(level).name}.nii.gz"
            write_mask(folder / name, scan.spine == level, scan)
        for level in np.setdiff1d(scan.ribs, 0):
            number = VertebralLevel(level).name[1:]
            write_mask(folder / f"rib_left_{number}.nii.gz", scan.ribs == level, scan)
        write_mask(folder / "liver.nii.gz", np.zeros(scan.spine.shape), scan)
    return root


def write_nnunet(root, scan, *, cases=("case_1", "case_2"), labels=None):
    ordered = sorted({*np.unique(scan.spine), *(np.unique(scan.ribs) + RIB)} - {0, RIB})
    numbers = {label: k + 1 for k, label in enumerate(ordered)}
    table = np.zeros(256, np.uint8)
    for label, number in numbers.items():
        table[label] = number
    joined = np.where(scan.spine > 0, scan.spine, np.where(scan.ribs > 0, scan.ribs + RIB, 0))
    for case in cases:
        write_image(root / "imagesTr" / f"{case}_0000.nii.gz", scan)
        write_mask(root / "labelsTr" / f"{case}.nii.gz", table[joined.astype(np.uint8)], scan)
    named = {"background": 0} | {_name(label): number for label, number in numbers.items()}
    content = {"labels": named if labels is None else labels, "file_ending": ".nii.gz"}
    (root / "dataset.json").write_text(json.dumps(content))
    return root


def _name(label):
    if label >= RIB:
        return f"rib_right_{VertebralLevel(label - RIB).name[1:]}"
    return f"vertebrae_{VertebralLevel(label).name}"
