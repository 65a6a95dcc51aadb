"""``ctbone simulate``: a PACS-like export with known truth beside it.

OUT/export/          what a PACS would send: nested folders, files without extension
OUT/cohort.csv       a row a study; patient_id is the PatientID of the files, so that others
                     link it by study_uid, never by the pseudonyms that they make
OUT/masks.csv        series_uid, mask, numbering (ctbone: bodies alone, by the values of
                     VertebralLevel)
OUT/masks/           vertebral bodies of each axial series, NIfTI
OUT/truth/           a JSON file a study: the patient, the scans, every vertebra
OUT/run.json         what was run; the only file that differs between two runs of one seed
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.cohort import CohortRow, write_cohort
from ctbone.delimited import write_rows
from ctbone.phantom.anatomy.patient import Patient, sample_patient
from ctbone.phantom.export.configuration import SimulateConfig
from ctbone.phantom.export.encode import Image, write_image
from ctbone.phantom.export.images import axial_images, capture_image, scout_image
from ctbone.phantom.export.plan import SeriesPlan, StudyPlan, plan_study
from ctbone.phantom.render import render
from ctbone.phantom.rendering import Rendering
from ctbone.rules import shipped_rule
from ctbone.runs import RunLog
from ctbone.volume import CTVolume, Grid

_L = VertebralLevel


def simulate(config: SimulateConfig) -> None:
    """Write a simulated export and its truth.

    Raises:
        ValueError: If the folder to write to holds anything.
    """
    if config.out.exists() and any(config.out.iterdir()):
        raise ValueError(f"out must be a new or an empty folder, {config.out.name} holds files")
    log = RunLog("simulate", config)
    with log.stage("studies"):
        rows = _all_studies(config)
    write_cohort(config.out / "cohort.csv", [row for row, _ in rows])
    _write_mask_list(config.out / "masks.csv", [mask for _, masks in rows for mask in masks])
    plans = [plan_study(config, index) for index in range(config.patients)]
    log.counts = {"studies": len(plans), "broken": sum(plan.fault is not None for plan in plans)}
    log.write(config.out)


def _all_studies(config: SimulateConfig) -> list[tuple[CohortRow, list[str]]]:
    if config.workers == 1:
        return [write_study(config, index) for index in range(config.patients)]
    # Forking a process that has run torch can hang it.
    with ProcessPoolExecutor(config.workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(write_study, [config] * config.patients, range(config.patients)))


def write_study(config: SimulateConfig, index: int) -> tuple[CohortRow, list[str]]:
    """Write one study; return its row of the cohort and the series that have a mask."""
    plan = plan_study(config, index)
    patient = sample_patient(config.patient, seed=plan.seed)
    folder = config.out / "export" / plan.site.name / f"PAT{index:05d}" / "ST000001"
    scans = []
    for series in plan.series:
        grid = _grid(config, plan, series, patient)
        rendering = render(patient, grid=grid, scan=series.scan, seed=plan.seed + series.number)
        scans.append((series, rendering, _moved(rendering.volume, plan, series)))
    if plan.fault != "scout_only":
        for series, _, volume in scans:
            images = list(axial_images(plan, series, patient, volume))
            _write_series(images, folder / f"SE{series.number:06d}", plan)
    scout = scout_image(plan, patient, scans[0][2])
    write_image(scout, folder / "SE000001" / "IM000001", compression=plan.compression)
    if plan.has_capture:
        report = capture_image(plan, patient)
        write_image(report, folder / "SE000999" / "IM000001", compression="none")
    masked = [] if plan.fault == "scout_only" else scans
    for series, rendering, volume in masked:
        _write_mask(config.out / "masks" / f"{series.series_uid}.nii.gz", rendering, volume)
    _write_truth(config.out / "truth", plan, patient, scans)
    row = to_row(config, plan, patient, path=str(folder.relative_to(config.out)))
    return row, [series.series_uid for series, _, _ in masked]


def _grid(config: SimulateConfig, plan: StudyPlan, series: SeriesPlan, patient: Patient) -> Grid:
    """Return the lattice of a series in the patient's coordinates, feet first in ``k``."""
    low, high = _field(plan, patient)
    spacing = np.array([config.pixel_mm, config.pixel_mm, series.spacing_mm])
    shape = (config.matrix, config.matrix, max(int((high - low) / series.spacing_mm), 8))
    torso = patient.torso
    middle = float(np.interp(0.5 * (low + high), torso.heights_mm, torso.skin[1]))
    affine = np.diag([*spacing, 1.0])
    half = 0.5 * (config.matrix - 1) * config.pixel_mm
    affine[:3, 3] = (-half, middle + torso.lean[1] * 0.5 * (low + high) - half, low)
    return Grid(shape, affine)


def _field(plan: StudyPlan, patient: Patient) -> tuple[float, float]:
    """Return the lower and upper end of the field, relative to L1, mm."""
    height = {v.level: float(v.centre_mm[2]) for v in patient.column.vertebrae}
    down, up = height[_L.S1], height[_L.T9]
    ends = {
        "chest": (height[_L.L2] - 15.0, height[_L.C7]),
        "abdomen": (down + 10.0, up),
        "abdomen_pelvis": (down - 170.0, up),
        "chest_abdomen": (down - 10.0, height[_L.C7]),
        "lumbar": (down - 50.0, height[_L.T11]),
    }
    low, high = ends[plan.region]
    if plan.fault == "short_field":
        low, high = height[_L.T10], height[_L.T4]
    if plan.fault == "no_torso":
        low, high = down - 380.0, down - 230.0
    return low + plan.jitter_mm[0] * 0.5, high + plan.jitter_mm[1]


def _moved(volume: CTVolume, plan: StudyPlan, series: SeriesPlan) -> CTVolume:
    """Return a scan in the coordinates of the scanner, where L1 lies anywhere."""
    affine = volume.affine.copy()
    affine[:3, 3] = np.round(affine[:3, 3] + np.array(plan.offset_mm), 6)
    return replace(volume, affine=affine, series_uid=series.series_uid)


def _write_series(images: list[Image], folder: Path, plan: StudyPlan) -> None:
    """Write the files of a series, named in no order that means anything, with its fault."""
    rng = np.random.default_rng((plan.seed, 5))
    names = rng.permutation(len(images)) + 1
    gone = set(rng.choice(np.arange(1, len(images) - 1), 2, replace=False).tolist())
    for number, (image, name) in enumerate(zip(images, names, strict=True)):
        if plan.fault == "missing_slices" and number in gone:
            continue
        path = folder / f"IM{name:06d}"
        write_image(image, path, compression=plan.compression)
        if plan.fault == "truncated_file" and number == len(images) // 2:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _write_mask(path: Path, rendering: Rendering, volume: CTVolume) -> None:
    """Write body labels as NIfTI, which counts left and posterior the other way."""
    import nibabel as nib

    path.parent.mkdir(parents=True, exist_ok=True)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    image = nib.Nifti1Image(np.asarray(rendering.bodies), affine)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)


def _write_mask_list(path: Path, series_uids: list[str]) -> None:
    masks = (
        {"series_uid": u, "mask": f"masks/{u}.nii.gz", "numbering": "ctbone"} for u in series_uids
    )
    write_rows(path, ("series_uid", "mask", "numbering"), masks)


def _write_truth(
    folder: Path,
    plan: StudyPlan,
    patient: Patient,
    scans: list[tuple[SeriesPlan, Rendering, CTVolume]],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {
        "study_uid": plan.study_uid,
        "patient_id": plan.patient_id,
        "sex": patient.sex,
        "age_years": patient.age_years,
        "height_cm": patient.height_cm,
        "weight_kg": patient.weight_kg,
        "variant": patient.variant,
        "bmd_mg_cm3": round(patient.bmd_mg_cm3, 3),
        "findings": [{**asdict(f), "level": f.level.name} for f in patient.findings],
        "site": plan.site.name,
        "region": plan.region,
        "fault": plan.fault,
        "compression": plan.compression,
        "series": [_series_truth(plan, series, rendering) for series, rendering, _ in scans],
    }
    text = json.dumps(record, indent=1) + "\n"
    (folder / f"{plan.study_uid}.json").write_text(text, encoding="utf-8")


def _series_truth(plan: StudyPlan, series: SeriesPlan, rendering: Rendering) -> dict[str, Any]:
    return {
        "series_uid": series.series_uid,
        "kvp": series.scan.kvp,
        "phase": series.scan.phase,
        "kernel": series.scan.kernel,
        "slice_thickness_mm": series.scan.slice_thickness_mm,
        "vertebrae": [
            {
                "level": truth.level.name,
                "centroid_mm": np.round(np.add(truth.centroid_mm, plan.offset_mm), 3).tolist(),
                "axes": np.round(truth.axes, 6).tolist(),
                "bmd_mg_cm3": truth.bmd_mg_cm3,
                "heights_mm": np.round(truth.heights_mm, 2).tolist(),
                "is_whole": truth.is_whole,
            }
            for truth in rendering.vertebrae
        ],
    }


def to_row(config: SimulateConfig, plan: StudyPlan, patient: Patient, *, path: str) -> CohortRow:
    """Return the row of a study: its reference result is the truth, or a QCT near it."""
    rng = np.random.default_rng((plan.seed, 6))
    error = float(rng.normal(0.0, config.qct_sd_mg_cm3))
    bmd = patient.bmd_mg_cm3 + (error if config.reference_standard == "QCT" else 0.0)
    return CohortRow(
        patient_id=plan.patient_id,
        study_uid=plan.study_uid,
        path=path,
        study_date=plan.study_date,
        sex=patient.sex,
        age_years=float(patient.age_years),
        site=plan.site.name,
        split=plan.split,
        reference_standard=config.reference_standard,
        reference_date=plan.study_date,
        bmd_mg_cm3=round(bmd, 2),
        t_score=None,
        category=shipped_rule("acr_qct").category(round(bmd, 2)),
    )
