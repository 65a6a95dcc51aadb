"""What a rendering is: a scan, and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.bone import Finding
from ctbone.phantom.rods import Rod
from ctbone.volume import CTVolume


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VertebraTruth:
    """What is true of one vertebra.

    Attributes:
        level: Its level.
        centroid_mm: Centre of its body, LPS millimetres.
        axes: Its own left, posterior and superior directions as columns, shape ``(3, 3)``.
        bmd_mg_cm3: Mean density of its trabecular bone from 4 mm inside its surface on, mg/cm3 of
            K2HPO4; lesions not counted.
        heights_mm: Anterior, middle and posterior height of the body in the midline
            (``anatomy.outline.HEIGHTS_AT``).
        findings: What is found in it, and in the disc below it; such bodies are no healthy bone.
        is_whole: Whether the whole body lies on the grid.
    """

    level: VertebralLevel
    centroid_mm: tuple[float, float, float]
    axes: NDArray[np.float64]
    bmd_mg_cm3: float
    heights_mm: tuple[float, float, float]
    findings: tuple[Finding, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rendering:
    """A scan and its truth, all on one grid.

    Attributes:
        volume: The scan.
        bodies: Vertebral bodies alone, labelled by ``VertebralLevel``, uint8, shape ``(I, J, K)``.
        spine: Whole vertebrae, C3 to S1, the same labels.
        ribs: Ribs, each with the label of the vertebra that it belongs to.
        discs: Discs, each with the label of the vertebra above it.
        vertebrae: Every vertebra whose centre lies on the grid, cranial first.
        rods: Rods of the calibration phantom under the patient, if there is one.
    """

    volume: CTVolume
    bodies: NDArray[np.uint8]
    spine: NDArray[np.uint8]
    ribs: NDArray[np.uint8]
    discs: NDArray[np.uint8]
    vertebrae: tuple[VertebraTruth, ...]
    rods: tuple[Rod, ...] = ()
