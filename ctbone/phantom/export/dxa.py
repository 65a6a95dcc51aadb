"""What a DXA of the lumbar spine would say of a simulated patient, with its known errors.

The projection runs from front to back through everything in the patient that holds mineral. Over
each body from L1 to L4 it meets the trabecular bone that QCT measures, but also cortex and
arches, and whatever is calcified in front: osteophytes and the aorta raise the result. It is
divided by the projected area, so that a large vertebra seems denser than a small one. On top of
that comes a precision error.

Reference of the T-score: mean 1.047 and standard deviation 0.110 g/cm2 for L1 to L4 of young women
on scanners of Hologic; recalled, not verified. It is that of women for both sexes (ISCD 2023).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.render import render
from ctbone.phantom.rendering import Rendering
from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.tissue import bone_mg_cm3
from ctbone.volume import Grid

_L = VertebralLevel

#: Levels of a DXA of the spine: all, of who has four lumbar vertebrae; without L5 and L6.
_LEVELS = (_L.L1, _L.L2, _L.L3, _L.L4)

#: Mean and standard deviation of the young reference, g/cm2.
_REFERENCE = (1.047, 0.110)

#: Hydroxyapatite, which a machine counts, per K2HPO4, which the phantom is made of: the slope of
#: Faulkner 1993. Nothing else is tuned: simulated women from 20 to 30 years then lie half a
#: standard deviation below the reference (40 of them: mean T-score -0.5, standard deviation 1.3).
_GAIN = 1.15

#: Outside the spine, mineral is what is denser than this, HU: the threshold of calcium scores
#: (Agatston, J Am Coll Cardiol 1990;15:827).
_CALCIUM_HU = 130.0

#: Nothing counts for more than this, HU: metal saturates.
_MOST_HU = 2000.0

#: Side of a voxel of the projection, mm, and how far it reaches in front of and behind the centres
#: of L1 to L4: the aorta lies within.
_SIDE_MM = 2.0
_REACH_MM = (60.0, 100.0)
_WIDTH_MM = 130.0

#: Area of one line of the projection, cm2.
_CELL_CM2 = (0.1 * _SIDE_MM) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DxaResult:
    """One region of a DXA.

    Attributes:
        region: ``L1`` to ``L4``, or the range of all.
        area_cm2: Projected area.
        bmc_g: Mineral in it, as measured.
        bmd_g_cm2: Areal density, as measured.
        exact_g_cm2: The same without mineral outside the spine and without precision error.
        t_score: T-score of what was measured.
    """

    region: str
    area_cm2: float
    bmc_g: float
    bmd_g_cm2: float
    exact_g_cm2: float
    t_score: float


@dataclass(frozen=True, slots=True)
class Projection:
    """What lies over one body, from front to back.

    Attributes:
        region: Its level.
        area_cm2: Projected area of the body.
        spine_g: Mineral of the spine over it.
        other_g: All other mineral over it.
    """

    region: str
    area_cm2: float
    spine_g: float
    other_g: float


def measure_dxa(patient: Patient, *, cv: float, rng: Generator) -> tuple[DxaResult, ...]:
    """Return the result of each level that there is, and of all together as the last.

    Args:
        patient: Who is measured.
        cv: Precision error of all levels together, relative.
        rng: Source of the precision error.
    """
    return read_dxa(project(patient), cv=cv, rng=rng)


def project(patient: Patient) -> tuple[Projection, ...]:
    """Return what lies over each body from L1 to L4, cranial first."""
    rendering = render(_fasting(patient), grid=_grid(patient), scan=_SCAN, seed=0)
    spine, other = _mineral(rendering)
    scale = _GAIN * _CELL_CM2 / 1000.0
    found = []
    for level in _LEVELS:
        region = (rendering.bodies == level).any(axis=1)
        if region.any():
            sums = [float(part[region].sum() * scale) for part in (spine, other)]
            found.append(Projection(level.name, float(region.sum() * _CELL_CM2), *sums))
    return tuple(found)


def read_dxa(
    projections: tuple[Projection, ...], *, cv: float, rng: Generator
) -> tuple[DxaResult, ...]:
    """Return the result of each level and of all, with the errors of ``measure_dxa``."""
    # Four independent levels of twice the error each have that error together.
    factors = 1.0 + rng.normal(0.0, 2.0 * cv, len(_LEVELS))
    parts = [_result(p, float(f)) for p, f in zip(projections, factors, strict=False)]
    whole = Projection(
        f"{parts[0].region}-{parts[-1].region}",
        sum(p.area_cm2 for p in projections),
        sum(p.spine_g for p in projections),
        sum(p.other_g for p in projections),
    )
    content = sum(part.bmc_g for part in parts)
    return (*parts, _result(whole, content / (whole.spine_g + whole.other_g)))


#: A quiet scan without a table, in HU that are not cut off.
_SCAN = ScanConfig(noise_hu=0.0, table=False, integer=False, kernel="sharp")


def _fasting(patient: Patient) -> Patient:
    """Return a patient who has drunk no contrast agent: nobody has a DXA with it."""
    viscera = patient.viscera
    return replace(patient, viscera=replace(viscera, gut=replace(viscera.gut, contrast=0.0)))


def _grid(patient: Patient) -> Grid:
    """Return voxels along the patient's axes around L1 to L4."""
    found = [v for v in patient.column.vertebrae if v.level in _LEVELS]
    centres = np.array([v.centre_mm for v in found])
    half = 0.5 * max(v.height_mm for v in found) + 8.0
    first = np.array(
        [
            centres[:, 0].mean() - 0.5 * _WIDTH_MM,
            centres[:, 1].min() - _REACH_MM[0],
            centres[:, 2].min() - half,
        ]
    )
    last = np.array(
        [first[0] + _WIDTH_MM, centres[:, 1].max() + _REACH_MM[1], centres[:, 2].max() + half]
    )
    affine = np.diag([_SIDE_MM, _SIDE_MM, _SIDE_MM, 1.0])
    affine[:3, 3] = first
    i, j, k = np.ceil((last - first) / _SIDE_MM).astype(int).tolist()
    return Grid((i, j, k), affine)


def _mineral(rendering: Rendering) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return areal density of the spine and of all else, mg/cm2 from front to back, ``(I, K)``."""
    from scipy.ndimage import binary_dilation

    hu = np.minimum(rendering.volume.hu.astype(np.float64), _MOST_HU)
    empty, unit = bone_mg_cm3(0.0, kvp=120), bone_mg_cm3(1.0, kvp=120)
    dense = np.maximum(empty + (unit - empty) * hu, 0.0)
    is_spine = (rendering.spine > 0) | (rendering.bodies > 0)
    # The rim of a bone is blurred into the voxels beside it.
    is_spine |= binary_dilation(is_spine, iterations=2) & (hu > _CALCIUM_HU)
    spine = np.where(is_spine, dense, 0.0).sum(axis=1)
    other = np.where(~is_spine & (hu > _CALCIUM_HU), dense, 0.0).sum(axis=1)
    side_cm = 0.1 * _SIDE_MM
    return spine * side_cm, other * side_cm


def _result(found: Projection, factor: float) -> DxaResult:
    """Return the result of a region, with its error."""
    content = (found.spine_g + found.other_g) * factor
    density = content / found.area_cm2
    mean, sd = _REFERENCE
    return DxaResult(
        region=found.region,
        area_cm2=round(found.area_cm2, 2),
        bmc_g=round(content, 3),
        bmd_g_cm2=round(density, 3),
        exact_g_cm2=round(found.spine_g / found.area_cm2, 3),
        t_score=round((density - mean) / sd, 2),
    )
