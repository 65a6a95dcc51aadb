"""What is true of a simulated study, and what a DXA would say of it, as JSON and as tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ctbone.cohort import CohortRow
from ctbone.phantom.export.configuration import SimulateConfig
from ctbone.phantom.export.dxa import DxaResult, measure_dxa
from ctbone.phantom.export.headers import Visit
from ctbone.phantom.export.plain import as_plain
from ctbone.phantom.export.plan import AcquisitionPlan, SeriesPlan
from ctbone.phantom.rendering import VertebraTruth
from ctbone.phantom.rods import Rod
from ctbone.rules import shipped_rule

#: Columns of levels.csv; lengths in millimetres, positions in the coordinates of the scanner.
LEVEL_COLUMNS = (
    "patient_id", "study_uid", "level", "bmd_mg_cm3", "category", "left_mm", "posterior_mm",
    "superior_mm", "width_mm", "depth_mm", "anterior_height_mm", "middle_height_mm",
    "posterior_height_mm", "findings", "is_whole",
)  # fmt: skip

#: Columns of dxa.csv.
DXA_COLUMNS = (
    "patient_id", "study_uid", "reference_date", "region", "area_cm2", "bmc_g", "bmd_g_cm2",
    "exact_g_cm2", "t_score", "category",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ScanTruth:
    """What is true of one axial series."""

    scan: AcquisitionPlan
    series: SeriesPlan
    vertebrae: tuple[VertebraTruth, ...]
    rods: tuple[Rod, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Written:
    """What one study adds to the tables.

    Attributes:
        row: Its row of the cohort.
        masks: Series that have a mask.
        levels: Its rows of levels.csv.
        dxa: Its rows of dxa.csv.
        is_broken: Whether it has a fault.
    """

    row: CohortRow
    masks: tuple[str, ...]
    levels: tuple[dict[str, Any], ...]
    dxa: tuple[dict[str, Any], ...]
    is_broken: bool


def tell(
    config: SimulateConfig, visit: Visit, scans: list[ScanTruth], *, path: str, masks: list[str]
) -> Written:
    """Write the truth of a study as JSON and return its rows of the tables.

    Args:
        config: Where to write.
        visit: The study.
        scans: Its axial series; none of a study that has a localizer alone.
        path: Its folder, relative to where the tables lie.
        masks: Series that have a mask.
    """
    rng = np.random.default_rng((*visit.plan.chance, 6))
    error = float(rng.normal(0.0, config.qct_sd_mg_cm3))
    dxa = measure_dxa(visit.patient, cv=config.dxa_cv, rng=rng)
    levels = tuple(_level_rows(visit, scans[0].vertebrae if scans else ()))
    uid = f"{visit.plan.study_uid}.json"
    _write_json(config.out / "truth" / uid, _record(visit, scans, levels, dxa), indent=1)
    _write_json(config.out / "patients" / uid, as_plain(visit.patient), indent=None)
    return Written(
        row=to_row(config, visit, path=path, error_mg_cm3=error, dxa=dxa[-1]),
        masks=tuple(masks),
        levels=levels,
        dxa=tuple(_dxa_rows(visit, dxa)),
        is_broken=visit.plan.fault is not None,
    )


def to_row(
    config: SimulateConfig, visit: Visit, *, path: str, error_mg_cm3: float, dxa: DxaResult
) -> CohortRow:
    """Return the row of a study: its reference is the truth, a QCT near it, or a DXA."""
    plan, patient = visit.plan, visit.patient
    is_dxa = config.reference_standard == "DXA"
    error = error_mg_cm3 if config.reference_standard == "QCT" else 0.0
    bmd = round(patient.bmd_mg_cm3 + error, 2)
    by_dxa = shipped_rule("dxa_t_score").category(dxa.t_score)
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
        bmd_mg_cm3=None if is_dxa else bmd,
        t_score=dxa.t_score if is_dxa else None,
        category=by_dxa if is_dxa else shipped_rule("acr_qct").category(bmd),
    )


def _level_rows(visit: Visit, vertebrae: Iterable[VertebraTruth]) -> Iterable[dict[str, Any]]:
    """Yield what is true of each level that the main series shows."""
    sizes = {v.level: v for v in visit.patient.column.vertebrae}
    for truth in vertebrae:
        body = sizes[truth.level]
        left, posterior, superior = _in_scanner(visit, truth)
        anterior, middle, back = truth.heights_mm
        yield {
            "patient_id": visit.plan.patient_id,
            "study_uid": visit.plan.study_uid,
            "level": truth.level.name,
            "bmd_mg_cm3": truth.bmd_mg_cm3,
            "category": shipped_rule("acr_qct").category(truth.bmd_mg_cm3),
            "left_mm": left,
            "posterior_mm": posterior,
            "superior_mm": superior,
            "width_mm": round(body.width_mm, 2),
            "depth_mm": round(body.depth_mm, 2),
            "anterior_height_mm": round(anterior, 2),
            "middle_height_mm": round(middle, 2),
            "posterior_height_mm": round(back, 2),
            "findings": [f"{found.kind}{found.grade or ''}" for found in truth.findings],
            "is_whole": truth.is_whole,
        }


def _in_scanner(visit: Visit, truth: VertebraTruth) -> list[float]:
    found: list[float] = np.round(np.add(truth.centroid_mm, visit.plan.offset_mm), 3).tolist()
    return found


def _dxa_rows(visit: Visit, results: tuple[DxaResult, ...]) -> Iterable[dict[str, Any]]:
    for result in results:
        yield {
            "patient_id": visit.plan.patient_id,
            "study_uid": visit.plan.study_uid,
            "reference_date": visit.plan.study_date,
            **{f.name: getattr(result, f.name) for f in fields(result)},
            "category": shipped_rule("dxa_t_score").category(result.t_score),
        }


def _record(
    visit: Visit,
    scans: list[ScanTruth],
    levels: tuple[dict[str, Any], ...],
    dxa: tuple[DxaResult, ...],
) -> dict[str, Any]:
    """Return the truth of a study: person, examination, every series, every vertebra."""
    plan, patient = visit.plan, visit.patient
    named = ("study_uid", "patient_id", "visit", "study_date", "years", "loss_mg_cm3", "region",
             "position", "offset_mm", "split", "fault", "compression", "extras")  # fmt: skip
    person = ("sex", "age_years", "height_cm", "weight_kg", "variant", "anomalies", "findings")
    record: dict[str, Any] = as_plain(
        {
            **{name: getattr(plan, name) for name in named},
            **{name: getattr(patient, name) for name in person},
            "castellvi": patient.anomalies.castellvi,
            "bmi_kg_m2": round(patient.weight_kg / (patient.height_cm / 100.0) ** 2, 2),
            "bmd_mg_cm3": round(patient.bmd_mg_cm3, 3),
            "site": plan.site.name,
            "maker": plan.site.maker,
            "dxa": dxa,
            "levels": levels,
            "series": [_series_record(visit, found) for found in scans],
        }
    )
    return record


def _series_record(visit: Visit, found: ScanTruth) -> dict[str, Any]:
    scan, series = found.scan, found.series
    return {
        "series_uid": series.series_uid,
        "number": series.number,
        "acquisition": scan.number,
        "breath_mm": scan.breath_mm,
        "current_ma": scan.current_ma,
        "spacing_mm": series.spacing_mm,
        **as_plain(series.scan),
        "rods": [
            {**as_plain(rod), "centre_mm": np.add(rod.centre_mm, visit.plan.offset_mm[:2])}
            for rod in found.rods
        ],
        "vertebrae": [
            {
                "level": truth.level,
                "centroid_mm": _in_scanner(visit, truth),
                "axes": np.round(truth.axes, 6),
                "bmd_mg_cm3": truth.bmd_mg_cm3,
                "heights_mm": np.round(truth.heights_mm, 2),
                "is_whole": truth.is_whole,
            }
            for truth in found.vertebrae
        ],
    }


def _write_json(path: Path, record: Any, *, indent: int | None) -> None:  # noqa: ANN401
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=indent) + "\n", encoding="utf-8")
