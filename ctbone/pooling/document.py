"""pooling.json, summary.csv and the tables of covariates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ctbone.delimited import write_rows
from ctbone.interchange import RevmanParameters, write_revman_parameters
from ctbone.interchange.tables import count_cells
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.definitions import DEFINITIONS
from ctbone.pooling.influence import Influence
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.intervals import study_intervals
from ctbone.pooling.model.residuals import Residual
from ctbone.pooling.moderators.subgroups import SUBGROUP_COLUMNS, subgroup_rows
from ctbone.pooling.parameters import (
    model_parameters,
    prediction,
    summary_curve,
    verdict,
)
from ctbone.pooling.summary import SummaryAccuracy
from ctbone.records import Interval

SUMMARY_COLUMNS = ("target", "k", "quantity", "estimate", "lower", "upper", "confidence", "method")

TREND_COLUMNS = (
    "target", "covariate", "tables", "patients", "centre",
    "slope_sensitivity", "slope_sensitivity_lower", "slope_sensitivity_upper", "p_sensitivity",
    "slope_specificity", "slope_specificity_lower", "slope_specificity_upper", "p_specificity",
    "chi2", "df", "p", "i2",
)  # fmt: skip

Json = dict[str, Any]


def write_document(path: Path, analyses: Sequence[Analysis]) -> Path:
    """Write pooling.json: one object, or one a target when there are several."""
    several = {analysis.target: to_document(analysis) for analysis in analyses}
    document = several if len(several) > 1 else next(iter(several.values()))
    text = json.dumps(document, indent=2, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def write_summary(path: Path, analyses: Sequence[Analysis]) -> Path:
    """Write summary.csv: a row a target and quantity."""
    return write_rows(path, SUMMARY_COLUMNS, (row for a in analyses for row in _rows(a)))


def write_subgroups(path: Path, analyses: Sequence[Analysis]) -> Path:
    """Write subgroups.csv: a row a target, covariate and group."""
    rows = (row for a in analyses for row in subgroup_rows(a.tables, a.subgroups, target=a.target))
    return write_rows(path, SUBGROUP_COLUMNS, rows)


def write_trends(path: Path, analyses: Sequence[Analysis]) -> Path:
    """Write slopes.csv: a row a target and covariate that is a number."""
    return write_rows(path, TREND_COLUMNS, (row for a in analyses for row in _trends(a)))


def write_parameters(path: Path, fit: BivariateFit) -> Path:
    """Write the parameters of a fit under the labels that RevMan asks for."""
    (var_sens, cov), (_, var_spec) = fit.between.tolist()
    se_sens, se_spec = np.sqrt(np.diag(fit.covariance)[:2]).tolist()
    sens, spec = fit.mean.tolist()
    parameters = RevmanParameters(
        mean_sensitivity=sens,
        mean_specificity=spec,
        variance_sensitivity=var_sens,
        variance_specificity=var_spec,
        covariance=cov,
        se_sensitivity=se_sens,
        se_specificity=se_spec,
        covariance_means=float(fit.covariance[0, 1]),
        studies=fit.k,
    )
    return write_revman_parameters(path, parameters)


def quantities(analysis: Analysis) -> dict[str, Interval | None]:
    """Return the pooled quantities in the order in which people read them."""
    return _pooled(analysis.summary) | {"auc": analysis.auc}


def _pooled(summary: SummaryAccuracy) -> dict[str, Interval | None]:
    names = ("sensitivity", "specificity", "lr_positive", "lr_negative", "dor")
    return {name: getattr(summary, name) for name in names}


def to_document(analysis: Analysis) -> Json:
    """Turn an analysis into what JSON holds; what could not be had is null."""
    detail = analysis.detail
    methods = zip(("sensitivity", "specificity"), analysis.summary.methods, strict=True)
    return {
        "target": analysis.target,
        "k": analysis.summary.k,
        "confidence": analysis.summary.confidence,
        "model": analysis.summary.model,
        "methods": dict(methods),
        **_patients(analysis),
        **model_parameters(analysis.summary),
        **_members(quantities(analysis)),
        "variances": plain(detail.variances) if detail else None,
        "profile": plain(detail.profile) if detail else {},
        "student": plain(detail.student) if detail else {},
        "hsroc": plain(detail.hsroc) if detail else None,
        "sroc": plain(summary_curve(analysis)),
        "prediction": plain(prediction(analysis)),
        "quadrant": verdict(analysis.summary),
        "heterogeneity": plain(analysis.heterogeneity),
        "deeks": plain(analysis.asymmetry),
        "fagan": plain(analysis.fagan),
        "influence": _of_studies(analysis, analysis.influence),
        "residuals": _of_studies(analysis, detail.residuals) if detail else [],
        "subgroups": plain(analysis.subgroups),
        "slopes": plain(analysis.trends),
        "p_adjusted": analysis.adjusted,
        "dependence": _dependence(analysis),
        **({"midas": plain(analysis.compat)} if analysis.compat else {}),
        "studies": [_study(analysis, i) for i in range(len(analysis.tables))],
        "notes": list(analysis.notes),
        "definitions": dict(DEFINITIONS),
    }


def plain(value: object) -> object:
    """Turn records, mappings, tuples and arrays into what JSON holds."""
    if is_dataclass(value) or isinstance(value, Mapping):
        return _members(value)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def _members(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}  # type: ignore[attr-defined]


def _rows(analysis: Analysis) -> Iterator[dict[str, object]]:
    sens, spec = analysis.summary.methods
    joint = sens if sens == spec else f"{sens} and {spec}"
    methods = {"sensitivity": sens, "specificity": spec}
    for name, value in quantities(analysis).items():
        numbers = asdict(value) if value else {}
        yield {
            "target": analysis.target,
            "k": analysis.summary.k,
            "quantity": name,
            "confidence": analysis.summary.confidence,
            "method": methods.get(name, joint),
            **numbers,
        }


def _trends(analysis: Analysis) -> Iterator[dict[str, object]]:
    for name, found in analysis.trends.items():
        row: dict[str, object] = {key: getattr(found, key) for key in ("chi2", "df", "p", "i2")}
        for margin in ("sensitivity", "specificity"):
            slope = getattr(found, margin)
            row[f"slope_{margin}"] = slope.slope.estimate
            row[f"slope_{margin}_lower"] = slope.slope.lower
            row[f"slope_{margin}_upper"] = slope.slope.upper
            row[f"p_{margin}"] = slope.p
        about = {"tables": found.k, "patients": found.patients, "centre": found.centre}
        yield {"target": analysis.target, "covariate": name, **about, **row}


def _patients(analysis: Analysis) -> Json:
    tables = [item.table for item in analysis.tables]
    return {
        "with_condition": sum(table.diseased for table in tables),
        "without_condition": sum(table.healthy for table in tables),
    }


def _of_studies(analysis: Analysis, found: Sequence[Influence | Residual]) -> list[Json]:
    return [{"study": analysis.tables[one.index].study, **_members(one)} for one in found]


def _dependence(analysis: Analysis) -> Json | None:
    found = analysis.dependence
    if found is None:
        return None
    one = found.one_each
    return _members(found) | {
        "kept": [analysis.tables[i].study for i in found.kept],
        "one_each": {"k": one.k, "methods": list(one.methods), **_members(_pooled(one))}
        if one
        else None,
    }


def _study(analysis: Analysis, index: int) -> Json:
    item, level = analysis.tables[index], analysis.summary.confidence
    t = item.table
    sens, spec = study_intervals(t, level)
    weights = analysis.weights[index] if analysis.weights else (None, None)
    return {
        "study": item.study,
        "model": item.model,
        **count_cells(t),
        "sensitivity": plain(sens),
        "specificity": plain(spec),
        "weight_sensitivity": weights[0],
        "weight_specificity": weights[1],
    }
