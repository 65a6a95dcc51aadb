"""One simulated study with its truth, rendered.

The true body of each wanted level is painted on a lattice of 1 mm in the vertebra's own frame,
whatever the slices of the scan are; the part of the scan about these levels is reconstructed once
more without noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom import ScanConfig, Scene, VertebraTruth, paint, reconstruct
from ctbone.phantom.painting.palette import Palette
from ctbone.records import BodyMask
from ctbone.training.studies import Study
from ctbone.volume import CTVolume, Grid, to_indices

#: Levels that are asked for.
WANTED = (VertebralLevel.L1, VertebralLevel.L2)

#: Voxels of 1 mm about a body: its own left, posterior and superior.
BOX = (80, 64, 60)

#: How far beyond the centres of the wanted levels the scan without noise reaches, millimetres.
_REACH_MM = 60.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """What is true of one vertebra whose centre lies in the field.

    Attributes:
        level: Its level.
        centroid_mm: Centre of its body, LPS millimetres.
        axes: Its own left, posterior and superior, as columns.
        heights_mm: Anterior, middle and posterior.
        trabecular_hu: What bone of its nominal density attenuates in this scan.
        findings: What is found in it, such as ``wedge_fracture2``.
        is_whole: Whether the whole body lies in the field.
        body: Its body on a fine lattice; ``None`` for levels that are not asked for.
    """

    level: VertebralLevel
    centroid_mm: tuple[float, float, float]
    axes: NDArray[np.float64]
    heights_mm: tuple[float, float, float]
    trabecular_hu: float
    findings: tuple[str, ...]
    is_whole: bool
    body: BodyMask | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendered:
    """A study after rendering.

    Attributes:
        seed: Where it comes from.
        facts: Field, variant, anomalies, thickness, kernel, noise and the like.
        volume: The scan.
        quiet: Part of it about the wanted levels without noise and beam hardening; ``None``
            where none of them lies in the field.
        truths: The vertebrae in the field, cranial first.
    """

    seed: int
    facts: Mapping[str, Any]
    volume: CTVolume
    quiet: CTVolume | None
    truths: tuple[Truth, ...]


def render_study(study: Study) -> Rendered:
    """Render a study and its truth."""
    scene = paint(study.patient, grid=study.grid, scan=study.scan)
    scanned = reconstruct(scene, scan=study.scan, seed=study.seed)
    truths = tuple(_truth(vertebra, study) for vertebra in scanned.vertebrae)
    return Rendered(
        seed=study.seed,
        facts=_facts(study),
        volume=replace(scanned.volume, series_uid=f"2.25.{study.seed}"),
        quiet=_quiet(scene, study, truths),
        truths=truths,
    )


def _facts(study: Study) -> dict[str, Any]:
    scan, patient = study.scan, study.patient
    return {
        "field": study.field,
        "variant": patient.variant,
        "anomalies": list(study.anomalies),
        "sex": patient.sex,
        "age_years": patient.age_years,
        "slice_mm": study.slice_mm,
        "pixel_mm": round(study.grid.spacing_mm[0], 3),
        "kernel": scan.kernel,
        "kvp": scan.kvp,
        "phase": scan.phase,
        "noise_hu": round(scan.noise_hu, 1),
    }


def _truth(vertebra: VertebraTruth, study: Study) -> Truth:
    is_wanted = vertebra.level in WANTED
    return Truth(
        level=vertebra.level,
        centroid_mm=vertebra.centroid_mm,
        axes=vertebra.axes,
        heights_mm=vertebra.heights_mm,
        trabecular_hu=Palette(study.scan).bone(vertebra.bmd_mg_cm3),
        findings=tuple(f"{f.kind}{f.grade or ''}" for f in vertebra.findings),
        is_whole=vertebra.is_whole,
        body=_body(vertebra, study) if is_wanted else None,
    )


def _body(vertebra: VertebraTruth, study: Study) -> BodyMask:
    """Paint one body on a lattice of its own."""
    grid = Grid.about(vertebra.centroid_mm, vertebra.axes, shape=BOX, spacing_mm=1.0)
    scene = paint(study.patient, grid=grid, scan=study.scan)
    labels = scene.labels["bodies"].cpu().numpy().transpose(2, 1, 0)
    return BodyMask(labels == vertebra.level, grid.affine)


def _quiet(scene: Scene, study: Study, truths: tuple[Truth, ...]) -> CTVolume | None:
    """Reconstruct the slices about the wanted levels once more, without noise."""
    centres = [t.centroid_mm[2] for t in truths if t.body is not None and t.is_whole]
    if not centres:
        return None
    spacing, first = scene.grid.spacing_mm[2], scene.grid.affine[2, 3]
    low = max(int((min(centres) - _REACH_MM - first) / spacing), 0)
    high = min(int((max(centres) + _REACH_MM - first) / spacing) + 1, scene.grid.shape[2])
    affine = scene.grid.affine.copy()
    affine[2, 3] += low * spacing
    part = replace(
        scene,
        grid=Grid((*scene.grid.shape[:2], high - low), affine),
        hu=scene.hu[low:high],
        labels={name: found[low:high] for name, found in scene.labels.items()},
    )
    scan: ScanConfig = replace(study.scan, noise_hu=0.0, beam_hardening=0.0)
    return _cropped(reconstruct(part, scan=scan, seed=study.seed).volume, centres=truths)


def _cropped(volume: CTVolume, *, centres: tuple[Truth, ...]) -> CTVolume:
    """Keep the columns about the wanted levels."""
    wanted = np.array([t.centroid_mm for t in centres if t.body is not None])
    indices = to_indices(volume.affine, wanted)[:, :2]
    reach = _REACH_MM / volume.spacing_mm[0]
    low = np.clip((indices.min(axis=0) - reach).astype(int), 0, None)
    high = np.clip((indices.max(axis=0) + reach).astype(int) + 1, None, volume.hu.shape[:2])
    affine = volume.affine.copy()
    affine[:2, 3] += low * np.diag(volume.affine)[:2]
    return replace(volume, hu=volume.hu[low[0] : high[0], low[1] : high[1]], affine=affine)
