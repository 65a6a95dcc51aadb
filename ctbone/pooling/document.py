"""pooling.json and summary.csv."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ctbone.delimited import write_rows
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.intervals import exact
from ctbone.pooling.sroc import confidence_region, curve, hsroc, prediction_region
from ctbone.records import Interval

SUMMARY_COLUMNS = ("target", "k", "quantity", "estimate", "lower", "upper", "confidence", "method")

Json = dict[str, Any]

#: What names alone do not say, written beside the numbers.
_DEFINITIONS = {
    "cov_logits": "covariance of the two pooled logits",
    "var_logit_sensitivity": "variance of the logits between studies",
    "var_logit_specificity": "variance of the logits between studies",
    "correlation": "of the logits of sensitivity and specificity between studies",
    "heterogeneity.midas_joint": "likelihood-ratio test against one intercept shared by both "
    "margins; its I2 is near 100 % for nearly all real data",
    "heterogeneity.zhou_dendukuri": "percent; Zhou and Dendukuri, Stat Med 2014;33:2701",
}


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


def quantities(analysis: Analysis) -> dict[str, Interval | None]:
    """Return the pooled quantities in the order in which people read them."""
    s = analysis.summary
    return {
        "sensitivity": s.sensitivity,
        "specificity": s.specificity,
        "lr_positive": s.lr_positive,
        "lr_negative": s.lr_negative,
        "dor": s.dor,
        "auc": analysis.auc,
    }


def to_document(analysis: Analysis) -> Json:
    """Turn an analysis into what JSON holds; what could not be had is null."""
    return {
        "target": analysis.target,
        "k": analysis.summary.k,
        "confidence": analysis.summary.confidence,
        "methods": dict(
            zip(("sensitivity", "specificity"), analysis.summary.methods, strict=True)
        ),
        **_model(analysis),
        **{name: _interval(value) for name, value in quantities(analysis).items()},
        "sroc": _sroc(analysis),
        "heterogeneity": _heterogeneity(analysis),
        "deeks": asdict(analysis.asymmetry) if analysis.asymmetry else None,
        "fagan": [asdict(step) for step in analysis.fagan],
        "influence": _influence(analysis),
        "subgroups": {name: asdict(found) for name, found in analysis.subgroups.items()},
        "studies": [_study(analysis, i) for i in range(len(analysis.tables))],
        "notes": list(analysis.notes),
        "definitions": _DEFINITIONS,
    }


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


def _interval(value: Interval | None) -> Json | None:
    return asdict(value) if value else None


def _model(analysis: Analysis) -> Json:
    fit, summary = analysis.summary.fit, analysis.summary
    if fit is None:
        names = ("logit_sensitivity", "logit_specificity", "se_logit_sensitivity",
                 "se_logit_specificity", "cov_logits", "var_logit_sensitivity",
                 "var_logit_specificity", "correlation")  # fmt: skip
        empty: Json = dict.fromkeys(names)
        return empty | {"log_likelihood": summary.log_likelihood, "boundary": []}
    errors = np.sqrt(np.diag(fit.covariance))
    return {
        "logit_sensitivity": float(fit.mean[0]),
        "logit_specificity": float(fit.mean[1]),
        "se_logit_sensitivity": float(errors[0]),
        "se_logit_specificity": float(errors[1]),
        "cov_logits": float(fit.covariance[0, 1]),
        "var_logit_sensitivity": float(fit.between[0, 0]),
        "var_logit_specificity": float(fit.between[1, 1]),
        "correlation": fit.correlation,
        "log_likelihood": fit.log_likelihood,
        "boundary": list(fit.boundary),
    }


def _sroc(analysis: Analysis) -> Json | None:
    fit = analysis.summary.fit
    if fit is None:
        return None
    found, specificity = hsroc(fit), np.linspace(0.01, 0.99, 99)
    sensitivity = curve(fit, specificity)
    level = analysis.summary.confidence
    return {
        "hsroc": asdict(found) if found else None,
        "specificity": specificity.round(4).tolist(),
        "sensitivity": None if sensitivity is None else sensitivity.tolist(),
        "confidence_region": confidence_region(fit, level, points=121).tolist(),
        "prediction_region": prediction_region(fit, level, points=121).tolist(),
    }


def _heterogeneity(analysis: Analysis) -> Json:
    sens, spec = analysis.homogeneity
    return {
        "sensitivity": asdict(sens),
        "specificity": asdict(spec),
        "midas_joint": asdict(analysis.midas) if analysis.midas else None,
        "zhou_dendukuri": asdict(analysis.zhou) if analysis.zhou else None,
    }


def _influence(analysis: Analysis) -> list[Json]:
    return [
        {"study": analysis.tables[one.index].study, **asdict(one)} for one in analysis.influence
    ]


def _study(analysis: Analysis, index: int) -> Json:
    item, level = analysis.tables[index], analysis.summary.confidence
    t = item.table
    sens = exact(t.true_positives, t.diseased, level) if t.diseased else None
    spec = exact(t.true_negatives, t.healthy, level) if t.healthy else None
    counts = {"tp": t.true_positives, "fp": t.false_positives, "fn": t.false_negatives}
    return {
        "study": item.study,
        "model": item.model,
        **counts,
        "tn": t.true_negatives,
        "sensitivity": _interval(sens),
        "specificity": _interval(spec),
    }
