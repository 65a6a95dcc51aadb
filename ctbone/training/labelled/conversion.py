"""A labelled CT as a case: what is labelled is taught, what nobody has labelled is left open.

Known to be no vertebra is what lies without a label between the outermost whole vertebrae that are
labelled. Beyond them there may be others that nobody labelled: the sacrum in VerSe, or vertebrae
that the field cuts. Bodies come of ctbone's own parting of body and arch; kinds of vertebrae and
ribs, and discs, are never known.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.errors import IrregularGeometry, MaskMissing
from ctbone.ingest import LabelMap, read_label_map, read_nifti_volume
from ctbone.localisation import MaskEntry, locate_labels
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.resampling import resample, sample_onto
from ctbone.training.cases import ARCH, RIB, UNKNOWN, Case
from ctbone.training.labelled.centroids import read_centroids
from ctbone.training.labelled.layouts import LabelledStudy
from ctbone.volume import CTVolume, Grid, reorient, to_indices, to_patient

Floats = NDArray[np.float64]
_Box = tuple[slice, slice, slice]

#: Share of a voxel from which on it is labelled as bone: half for whole vertebrae, less for bodies
#: and ribs, as in simulated cases, where a voxel is a rib's that a rib touches.
_VERTEBRA_SHARE, _BODY_SHARE, _RIB_SHARE = 0.5, 0.25, 0.25

#: How far a centroid may lie from the centre of the body that the mask gives, millimetres: beyond
#: half a vertebra, it is another's.
_ASTRAY_MM = 15.0

#: No CT of the trunk names vertebrae above: so are simulated cases.
_UPPERMOST = VertebralLevel.C5

#: What a case can hold, HU.
_RANGE_HU = (-1024, 3071)


def to_case(study: LabelledStudy, *, spacing_mm: float) -> Case:
    """Read a labelled study and bring it to the grid of the localiser.

    Raises:
        IngestError: If image, masks or centroids cannot be read, or masks lie on several grids.
        MaskMissing: If no whole vertebra is labelled.
    """
    volume = reorient(read_nifti_volume(study.image, name="the labelled image"))
    masks = _read_masks(study)
    found = _vertebrae(volume, masks, entry=MaskEntry(study.masks[0][0], "verse", "vertebra"))
    centres = _centres(found, study, volume)
    coarse = resample(volume, spacing_mm=(spacing_mm,) * 3)
    body, labels = _paint(coarse.grid, masks, found)
    indices = to_indices(coarse.affine, np.asarray(list(centres.values())))
    _open_ends(labels, indices[:, 2])
    return Case(
        hu=np.clip(np.rint(coarse.hu), *_RANGE_HU).astype(np.int16),
        body=np.asarray(np.rint(255.0 * body), dtype=np.uint8),
        disc=np.zeros_like(labels),
        labels=labels,
        centres=indices.astype(np.float32),
        levels=np.asarray(list(centres), dtype=np.uint8),
        ribbed=np.zeros(0, dtype=np.uint8),
        unlabelled=("discs", "kinds") if study.has_ribs else ("discs", "kinds", "ribs"),
    )


def _read_masks(study: LabelledStudy) -> LabelMap:
    """Return all masks of a study as one, in labels of cases."""
    joined: NDArray[np.uint8] | None = None
    affine = np.eye(4)
    for path, meanings in study.masks:
        mask = read_label_map(path)
        if joined is None:
            joined, affine = np.zeros(mask.labels.shape, dtype=np.uint8), mask.affine
        if joined.shape != mask.labels.shape or not np.allclose(affine, mask.affine, atol=1e-3):
            raise IrregularGeometry("expected the masks of a study on one grid, found several")
        table = np.zeros(int(mask.labels.max()) + 1, dtype=np.uint8)
        for number, label in meanings.items():
            if number < len(table):
                table[number] = label
        meant = table[mask.labels]
        joined[meant > 0] = meant[meant > 0]
    assert joined is not None  # noqa: S101 - a study has masks
    return LabelMap(joined, affine)


def _vertebrae(
    volume: CTVolume, masks: LabelMap, *, entry: MaskEntry
) -> dict[VertebralLevel, VertebraLocalisation]:
    """Return the whole vertebrae that have a body, from cranial to caudal."""
    vertebrae = np.where(masks.labels < RIB, masks.labels, 0).astype(np.uint8)
    found = locate_labels(volume, vertebrae, masks.affine, entry=entry)
    whole = [v for v in found if v.is_whole and v.body is not None]
    kept = {v.level: v for v in whole if v.level.order >= _UPPERMOST.order}
    if not kept:
        raise MaskMissing("expected a whole vertebra among the labels, found none")
    return kept


def _centres(
    found: dict[VertebralLevel, VertebraLocalisation], study: LabelledStudy, volume: CTVolume
) -> dict[VertebralLevel, Floats]:
    """Return the centre of each body, LPS millimetres: the reader's where there is one."""
    own = {level: np.asarray(vertebra.centroid_mm) for level, vertebra in found.items()}
    if study.centroids is None:
        return own
    given = read_centroids(study.centroids, volume.grid)
    for level in set(own) & set(given):
        away = float(np.linalg.norm(given[level] - own[level]))
        if away > _ASTRAY_MM:
            raise IrregularGeometry(
                f"the centroid of {level.name} lies {away:.0f} mm from the body of that label, "
                f"expected at most {_ASTRAY_MM:g}"
            )
    return {level: given.get(level, centre) for level, centre in own.items()}


def _paint(
    grid: Grid, masks: LabelMap, found: dict[VertebralLevel, VertebraLocalisation]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return the share of bodies, and the labels of a case, on a grid."""
    body = np.zeros(grid.shape, dtype=np.float32)
    labels = np.zeros(grid.shape, dtype=np.uint8)
    for label in np.setdiff1d(np.unique(masks.labels), 0):
        box, share = _share(_cut_out(masks, int(label)), grid)
        least = _RIB_SHARE if label >= RIB else _VERTEBRA_SHARE
        labels[box][share >= least] = _shown(int(label), found)
    for level, vertebra in found.items():
        assert vertebra.body is not None  # noqa: S101 - these have one
        box, share = _share(vertebra.body, grid)
        body[box] = np.maximum(body[box], share)
        labels[box][share >= _BODY_SHARE] = int(level)
    body[labels == UNKNOWN] = 0.0
    return body, labels


def _shown(label: int, found: dict[VertebralLevel, VertebraLocalisation]) -> int:
    """Return what a voxel of a mask is, but for bodies: rib, arch, or nobody knows what of."""
    if label >= RIB:
        return label
    return label + ARCH if label in found else UNKNOWN


def _cut_out(masks: LabelMap, label: int) -> BodyMask:
    """Return one label on a box one voxel larger than it."""
    voxels = np.argwhere(masks.labels == label)
    low = np.maximum(voxels.min(axis=0) - 1, 0)
    high = np.minimum(voxels.max(axis=0) + 2, masks.labels.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    affine = masks.affine.copy()
    affine[:3, 3] = to_patient(affine, low[None].astype(np.float64))[0]
    return BodyMask(masks.labels[box] == label, affine)


def _share(mask: BodyMask, grid: Grid) -> tuple[_Box, NDArray[np.float32]]:
    """Return a box of a grid, and how much of each of its voxels lies in a mask."""
    corners = np.array(list(product(*((-1.0, float(n)) for n in mask.inside.shape))))
    indices = to_indices(grid.affine, to_patient(mask.affine, corners))
    low = np.clip(np.floor(indices.min(axis=0)).astype(int), 0, np.array(grid.shape) - 1)
    high = np.clip(np.ceil(indices.max(axis=0)).astype(int) + 1, low + 1, grid.shape)
    i, j, k = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    affine = grid.affine.copy()
    affine[:3, 3] = to_patient(affine, low[None].astype(np.float64))[0]
    shape = (i.stop - i.start, j.stop - j.start, k.stop - k.start)
    return (i, j, k), sample_onto(mask.inside, mask.affine, Grid(shape, affine), outside=0.0)


def _open_ends(labels: NDArray[np.uint8], along: Floats) -> None:
    """Leave open what lies without a label beyond the outermost centres, in place."""
    beyond = np.ones(labels.shape[2], dtype=np.bool_)
    beyond[int(np.floor(along.min())) : int(np.ceil(along.max())) + 1] = False
    ends = labels[:, :, beyond]
    labels[:, :, beyond] = np.where(ends == 0, UNKNOWN, ends)
