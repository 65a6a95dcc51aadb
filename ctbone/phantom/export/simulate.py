"""``ctbone simulate``: a PACS-like export with known truth beside it.

OUT/export/          what a PACS would send: nested folders, files without extension
OUT/cohort.csv       a row a study; patient_id is the PatientID of the files, so that others
                     link it by study_uid, never by the pseudonyms that they make
OUT/levels.csv       a row a level whose centre the main series shows: density, category, position,
                     size
OUT/dxa.csv          what a DXA of the lumbar spine would say: a row a level, and one of all
OUT/masks.csv        series_uid, mask, numbering (ctbone: bodies alone, by the values of
                     VertebralLevel)
OUT/masks/           vertebral bodies of each axial series, NIfTI
OUT/vertebrae/       whole vertebrae of each axial series, NIfTI, the same numbers
OUT/truth/           a JSON file a study: the person, the axial series that were written, every
                     vertebra that they show, in the coordinates of the scanner
OUT/patients/        a JSON file a study: the whole body as it was drawn, with the centre of L1 as
                     origin; offset_mm of the truth leads to the scanner
OUT/run.json         what was run; the only file that differs between two runs of one seed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ctbone.cohort import write_cohort
from ctbone.delimited import write_rows
from ctbone.phantom.anatomy.patient import sample_patient
from ctbone.phantom.export.capture import capture_image
from ctbone.phantom.export.clutter import write_clutter, write_directory
from ctbone.phantom.export.configuration import SimulateConfig
from ctbone.phantom.export.dose import dose_report
from ctbone.phantom.export.draw import plan_patient
from ctbone.phantom.export.encode import Image, write_image
from ctbone.phantom.export.fields import grid_of, in_scanner, length_mm, pixel_mm
from ctbone.phantom.export.headers import Visit, instance
from ctbone.phantom.export.images import axial_images, localizer_images, reformat_images
from ctbone.phantom.export.places import file_path, study_folder
from ctbone.phantom.export.plan import AcquisitionPlan, SeriesPlan
from ctbone.phantom.export.truth import (
    DXA_COLUMNS,
    LEVEL_COLUMNS,
    ScanTruth,
    Written,
    tell,
)
from ctbone.phantom.export.visits import at_visit, breathed
from ctbone.phantom.render import paint, reconstruct
from ctbone.phantom.rendering import Rendering
from ctbone.runs import RunLog
from ctbone.volume import CTVolume


def simulate(config: SimulateConfig) -> None:
    """Write a simulated export and its truth.

    Raises:
        ValueError: If the folder to write to holds anything.
    """
    if config.out.exists() and any(config.out.iterdir()):
        raise ValueError(f"out must be a new or an empty folder, {config.out.name} holds files")
    log = RunLog("simulate", config)
    with log.stage("studies"):
        studies = list(chain.from_iterable(_all_patients(config)))
    write_cohort(config.out / "cohort.csv", [study.row for study in studies])
    write_rows(config.out / "levels.csv", LEVEL_COLUMNS, chain(*(s.levels for s in studies)))
    write_rows(config.out / "dxa.csv", DXA_COLUMNS, chain(*(s.dxa for s in studies)))
    _write_mask_list(config.out / "masks.csv", chain(*(s.masks for s in studies)))
    log.counts = {
        "patients": config.patients,
        "studies": len(studies),
        "broken": sum(study.is_broken for study in studies),
    }
    log.write(config.out)


def _all_patients(config: SimulateConfig) -> list[list[Written]]:
    if config.workers == 1:
        return [write_patient(config, index) for index in range(config.patients)]
    # Forking a process that has run torch can hang it.
    with ProcessPoolExecutor(config.workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(write_patient, [config] * config.patients, range(config.patients)))


def write_patient(config: SimulateConfig, index: int) -> list[Written]:
    """Write every study of one patient; return what they add to the tables."""
    plans = plan_patient(config, index)
    first = plans[0]
    patient = sample_patient(first.site.patient or config.patient, seed=first.seed)
    return [_write_study(config, Visit(plan, at_visit(patient, plan))) for plan in plans]


def _write_study(config: SimulateConfig, visit: Visit) -> Written:
    plan = visit.plan
    folder = config.out / "export" / study_folder(plan)
    scans: list[ScanTruth] = []
    masks: list[str] = []
    for scan, series, rendering in _renderings(config, visit):
        volume = in_scanner(rendering.volume, plan, series)
        if not scans:
            _write_plain(visit, localizer_images(visit, volume), folder)
        if plan.fault == "scout_only":
            break
        scans.append(ScanTruth(scan, series, rendering.vertebrae, rendering.rods))
        _write_series(visit, list(axial_images(visit, scan, series, volume)), folder)
        if plan.extras.reformat and len(scans) == 1:
            _write_plain(visit, _reformats(visit, scan, volume), folder)
        _write_masks(config.out, series.series_uid, rendering, volume)
        masks.append(series.series_uid)
    _write_reports(visit, folder)
    path = str(folder.relative_to(config.out))
    return tell(config, visit, scans, path=path, masks=masks)


def _renderings(
    config: SimulateConfig, visit: Visit
) -> Iterator[tuple[AcquisitionPlan, SeriesPlan, Rendering]]:
    """Yield every axial series, rendered in the patient's coordinates."""
    diameter = config.matrix * pixel_mm(config, visit.patient)
    for scan in visit.plan.acquisitions:
        patient = breathed(visit.patient, scan.breath_mm)
        # The field is that of the patient at rest, whatever the breath.
        thinnest = min(series.spacing_mm for series in scan.series)
        grid = grid_of(config, visit.plan, visit.patient, thinnest)
        scene = paint(patient, grid=grid, scan=scan.series[0].scan)
        for planned in scan.series:
            wanted = replace(planned.scan, field_diameter_mm=diameter)
            seed = visit.plan.seed + 100 * visit.plan.visit + planned.number
            made = reconstruct(scene, scan=wanted, seed=seed)
            yield scan, replace(planned, scan=wanted), made


def _reformats(visit: Visit, scan: AcquisitionPlan, volume: CTVolume) -> Iterator[Image]:
    plane = visit.plan.extras.reformat
    assert plane is not None  # noqa: S101 - the caller has asked
    yield from reformat_images(visit, scan, volume, plane=plane, number=500)


def _write_plain(visit: Visit, images: Iterable[Image], folder: Path) -> None:
    """Write objects that no fault touches, in order."""
    for number, image in enumerate(images, start=1):
        path = folder / file_path(visit.plan, image.dataset, number)
        write_image(image, path, compression=visit.plan.compression)


def _write_series(visit: Visit, images: list[Image], folder: Path) -> None:
    """Write the files of a series, named in no order that means anything, with its fault."""
    plan = visit.plan
    rng = np.random.default_rng((*plan.chance, 5))
    names = rng.permutation(len(images)) + 1
    gone = set(rng.choice(np.arange(1, len(images) - 1), 2, replace=False).tolist())
    middle = len(images) // 2
    for number, (image, name) in enumerate(zip(images, names, strict=True)):
        if plan.fault == "missing_slices" and number in gone:
            continue
        path = folder / file_path(plan, image.dataset, int(name))
        write_image(image, path, compression=plan.compression)
        if number == middle:
            _spoil(visit, image, folder, path)


def _spoil(visit: Visit, image: Image, folder: Path, path: Path) -> None:
    """Cut the slice that was just written, store it twice, or contradict it; as planned."""
    plan, name = visit.plan, 900001
    if plan.fault == "truncated_file":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    if plan.extras.has_duplicate and image.dataset.SeriesNumber == plan.series[0].number:
        twin = folder / file_path(plan, image.dataset, name)
        twin.write_bytes(path.read_bytes())
    if plan.fault == "contradicting_slices" and image.pixels is not None:
        base = image.dataset
        other = instance(base, int(base.InstanceNumber), frame="other")
        twin = folder / file_path(plan, other, name)
        write_image(Image(other, image.pixels[::-1]), twin, compression=plan.compression)


def _write_reports(visit: Visit, folder: Path) -> None:
    """Write what lies beside the images: pages, reports, a directory, and no DICOM at all."""
    extras, length = visit.plan.extras, length_mm(visit.plan, visit.patient)
    if extras.has_capture:
        _write_plain(visit, [capture_image(visit, length_mm=length)], folder)
    if extras.has_dose_report:
        _write_plain(visit, [dose_report(visit, length_mm=length)], folder)
    if extras.has_directory:
        write_directory(folder, visit.plan.study_uid)
    if extras.has_clutter:
        write_clutter(folder)


def _write_masks(out: Path, series_uid: str, rendering: Rendering, volume: CTVolume) -> None:
    """Write bodies and whole vertebrae."""
    for name, labels in (("masks", rendering.bodies), ("vertebrae", rendering.spine)):
        _write_mask(out / name / f"{series_uid}.nii.gz", labels, volume)


def _write_mask(path: Path, labels: NDArray[np.uint8], volume: CTVolume) -> None:
    """Write labels as NIfTI, which counts left and posterior the other way."""
    import nibabel as nib

    path.parent.mkdir(parents=True, exist_ok=True)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    image = nib.Nifti1Image(np.asarray(labels), affine)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)


def _write_mask_list(path: Path, series_uids: Iterable[str]) -> None:
    masks = (
        {"series_uid": u, "mask": f"masks/{u}.nii.gz", "numbering": "ctbone"} for u in series_uids
    )
    write_rows(path, ("series_uid", "mask", "numbering"), masks)
