"""Tables of the pooled values as other ways of reckoning give them."""

from __future__ import annotations

from collections.abc import Callable

from ctbone.pages import NOT_GIVEN, Cell, Row, Table
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.dependence import Dependence, Pooled
from ctbone.pooling.midas import Midas
from ctbone.pooling.numerals import level, ratio
from ctbone.pooling.page.cells import p_value, share, times
from ctbone.pooling.summary import SummaryAccuracy
from ctbone.records import Interval

_NAMES = (
    ("sensitivity", "Sensitivity"),
    ("specificity", "Specificity"),
    ("lr_positive", "LR+"),
    ("lr_negative", "LR-"),
    ("dor", "Diagnostic odds ratio"),
)


def limits(analysis: Analysis) -> Table:
    """Return the limits of the pooled values by Wald, profile likelihood and Student."""
    s = analysis.summary
    wald = {
        "sensitivity": share(s.sensitivity),
        "specificity": share(s.specificity),
        "lr_positive": times(s.lr_positive),
        "lr_negative": times(s.lr_negative),
        "dor": times(s.dor),
    }
    rows: tuple[Row, ...] = tuple(
        (title, wald[name], _profile(analysis, name), _student(analysis.student[name], name))
        for name, title in _NAMES
        if name in analysis.student
    )
    return Table(
        title=f"Limits of the pooled values, {level(s.confidence)}, three ways",
        columns=("Quantity", "Wald", "Profile likelihood", "Student's t"),
        rows=rows,
        sortable=False,
        note="Profile likelihood and Student's t, with k - 2 degrees of freedom, also count "
        "what is not known of the variances between studies.",
    )


def dependence(analysis: Analysis, found: Dependence) -> Table:
    """Return pooled values that do not take tables of one study for independent."""
    rows = [_pooled("All tables as if independent", analysis.summary)]
    if found.one_each is not None:
        rows.append(_pooled(f"One table a study ({len(found.kept)})", found.one_each))
    if found.robust is not None:
        rows.append(_pooled("All tables, cluster-robust limits", found.robust))
    if (deep := found.three_level) is not None:
        rows.append(_pooled("Three levels: tables within studies", deep.pooled))
    return Table(
        title="Pooled values, tables of one study apart or together",
        columns=("Analysis", *(title for _, title in _NAMES)),
        rows=tuple(rows),
        sortable=False,
        note=f"Where one table is kept: {found.rule}",
    )


def midas(found: Midas) -> Table:
    """Return what MIDAS v2.00 prints, its faults beside it."""
    accuracy, model, faults = found.accuracy, found.model, found.faults
    rows: list[Row] = [(title, _midas_value(accuracy, name), "") for name, title in _NAMES]
    rows += [
        ("Area under the SROC", share(accuracy.auc), faults.get("auc", "")),
        ("Log-likelihood", Cell(f"{model.log_likelihood:.2f}"), faults.get("nodes", "")),
    ]
    h = found.heterogeneity
    for name, title in (("q_sensitivity", "Sensitivity"), ("q_specificity", "Specificity")):
        rows.append((f"I\u00b2, {title.lower()}", _i2(getattr(h, name).i2), faults.get(name, "")))
    rows.append(("I\u00b2, joint", _i2(h.q_joint.i2), faults.get("q_joint", "")))
    if found.deeks is not None:
        rows.append(("Deeks' test, P", p_value(found.deeks.p), faults.get("deeks", "")))
    return Table(
        title="As MIDAS v2.00 prints it",
        columns=("Quantity", "Value", "What is wrong with it"),
        rows=tuple(rows),
        sortable=False,
    )


def _midas_value(accuracy: object, name: str) -> Cell:
    value = getattr(accuracy, name)
    return share(value) if name.endswith("ity") else times(value)


def _i2(value: float) -> Cell:
    return Cell(f"{value:.1f}\u00a0%")


def _profile(analysis: Analysis, name: str) -> Cell:
    found = analysis.profile.get(name)
    if found is None:
        return NOT_GIVEN
    text = _text_of(name)
    low, high = (
        "no limit" if value is None else text(value) for value in (found.lower, found.upper)
    )
    return Cell(f"{low} to {high}", found.estimate)


def _student(found: Interval, name: str) -> Cell:
    text = _text_of(name)
    return Cell(f"{text(found.lower)} to {text(found.upper)}", found.estimate)


def _text_of(name: str) -> Callable[[float], str]:
    return _percent if name.endswith("ity") else ratio


def _percent(value: float) -> str:
    return f"{100.0 * value:.1f}"


def _pooled(name: str, found: SummaryAccuracy | Pooled) -> Row:
    ratios = (found.lr_positive, found.lr_negative, found.dor)
    cells = (times(value) if value else NOT_GIVEN for value in ratios)
    return (name, share(found.sensitivity), share(found.specificity), *cells)
