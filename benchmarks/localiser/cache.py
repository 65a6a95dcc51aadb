"""Simulated studies with their truth, rendered once and kept on disk.

A file holds the scan (int16, compressed), the true body of each wanted level on a lattice of 1 mm
in the vertebra's own frame, whatever the slices of the scan are, and the part of the same scan
about these levels without noise. A file is made anew where its study would be drawn otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom import ScanConfig, Scene, VertebraTruth, paint, reconstruct
from ctbone.phantom.painting.palette import Palette
from ctbone.records import BodyMask
from ctbone.runs import config_digest, to_plain
from ctbone.training.studies import Study, draw_study
from ctbone.volume import CTVolume, Grid, to_indices

#: Levels that are asked for.
WANTED = (VertebralLevel.L1, VertebralLevel.L2)

#: Voxels of 1 mm about a body: its own left, posterior and superior.
_BOX = (80, 64, 60)

#: How far beyond the centres of the wanted levels the scan without noise reaches, millimetres.
_REACH_MM = 60.0

#: Part of the name of every file; rises with what the files hold.
_VERSION = 1


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


def rendered(seed: int, folder: Path) -> Rendered:
    """Read the study of a seed, and render it first where the folder lacks it."""
    path = folder / f"v{_VERSION}-{seed}.npz"
    study = draw_study(seed)
    digest = _digest(study)
    if path.is_file():
        found = _read(path, digest)
        if found is not None:
            return found
    made = render_study(study)
    _write(made, path, digest)
    return made


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
    affine = np.eye(4)
    affine[:3, :3] = vertebra.axes
    middle = 0.5 * (np.array(_BOX) - 1.0)
    affine[:3, 3] = vertebra.centroid_mm - vertebra.axes @ middle
    scene = paint(study.patient, grid=Grid(_BOX, affine), scan=study.scan)
    labels = scene.labels["bodies"].cpu().numpy().transpose(2, 1, 0)
    return BodyMask(labels == vertebra.level, affine)


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


def _digest(study: Study) -> str:
    """Return what tells one drawn study from another: body, lattice and scan."""
    from ctbone.phantom.export.plain import as_plain

    spine = as_plain(study.patient.column)
    return config_digest([spine, study.grid.shape, study.grid.affine.tolist(), study.scan])


def _write(made: Rendered, path: Path, digest: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {"volume": made.volume} | ({"quiet": made.quiet} if made.quiet else {})
    packed: dict[str, Any] = {name: _packed(volume.hu) for name, volume in arrays.items()}
    meta = {
        "digest": digest,
        "facts": made.facts,
        "volumes": {
            name: {"shape": v.hu.shape, "affine": v.affine.tolist()} for name, v in arrays.items()
        },
        "truths": [_plain(truth) for truth in made.truths],
    }
    bodies = {f"body_{t.level.name}": t.body.inside for t in made.truths if t.body is not None}
    packed |= {name: np.packbits(inside) for name, inside in bodies.items()}
    text = np.frombuffer(json.dumps(to_plain(meta)).encode(), dtype=np.uint8)
    fresh = path.with_suffix(".part.npz")
    np.savez(fresh, meta=text, **packed)
    fresh.rename(path)


def _plain(truth: Truth) -> dict[str, Any]:
    return {
        "level": truth.level.name,
        "centroid_mm": [float(x) for x in truth.centroid_mm],
        "axes": truth.axes.tolist(),
        "heights_mm": [float(h) for h in truth.heights_mm],
        "trabecular_hu": truth.trabecular_hu,
        "findings": list(truth.findings),
        "is_whole": truth.is_whole,
        "body_affine": None if truth.body is None else truth.body.affine.tolist(),
    }


def _read(path: Path, digest: str) -> Rendered | None:
    """Read a study; ``None`` where the file holds another one than is drawn now."""
    with np.load(path, allow_pickle=False) as arrays:
        meta = json.loads(arrays["meta"].tobytes())
        if meta["digest"] != digest:
            return None
        seed = int(path.stem.split("-")[1])
        volumes = {
            name: CTVolume(
                _unpacked(arrays[name], tuple(one["shape"])),
                np.array(one["affine"]),
                f"2.25.{seed}",
            )
            for name, one in meta["volumes"].items()
        }
        truths = tuple(_to_truth(one, arrays) for one in meta["truths"])
    return Rendered(
        seed=seed,
        facts=meta["facts"],
        volume=volumes["volume"],
        quiet=volumes.get("quiet"),
        truths=truths,
    )


def _to_truth(one: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Truth:
    body = None
    if one["body_affine"] is not None:
        bits = arrays[f"body_{one['level']}"]
        inside = np.unpackbits(bits, count=int(np.prod(_BOX))).reshape(_BOX).astype(np.bool_)
        body = BodyMask(inside, np.array(one["body_affine"]))
    x, y, z = one["centroid_mm"]
    anterior, middle, posterior = one["heights_mm"]
    return Truth(
        level=VertebralLevel[one["level"]],
        centroid_mm=(x, y, z),
        axes=np.array(one["axes"]),
        heights_mm=(anterior, middle, posterior),
        trabecular_hu=one["trabecular_hu"],
        findings=tuple(one["findings"]),
        is_whole=one["is_whole"],
        body=body,
    )


def _packed(hu: NDArray[Any]) -> NDArray[np.uint8]:
    """Compress along memory: ``i`` lies fastest, as in the volumes that readers give."""
    stored = np.ascontiguousarray(hu.astype(np.int16).transpose(2, 1, 0))
    slices = [
        imagecodecs.blosc_encode(
            plane, level=1, compressor="zstd", shuffle="bitshuffle", typesize=2
        )
        for plane in stored
    ]
    sizes = np.array([len(slices), *map(len, slices)], dtype="<u4").tobytes()
    return np.frombuffer(sizes + b"".join(slices), dtype=np.uint8)


def _unpacked(packed: NDArray[np.uint8], shape: tuple[int, int, int]) -> NDArray[np.int16]:
    count = int(packed[:4].view("<u4")[0])
    sizes = packed[4 : 4 + 4 * count].view("<u4").astype(np.int64)
    starts = 4 + 4 * count + np.concatenate([[0], np.cumsum(sizes)])
    stored = np.empty(shape[::-1], dtype=np.int16)
    for plane, first, last in zip(stored, starts[:-1], starts[1:], strict=True):
        plane[...] = np.frombuffer(
            imagecodecs.blosc_decode(packed[first:last].tobytes()), dtype=np.int16
        ).reshape(plane.shape)
    return stored.transpose(2, 1, 0)
