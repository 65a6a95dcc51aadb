"""What the page of a report says of a run over studies, before any one of them is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ctbone.drawing import FlowChart, Step
from ctbone.pages import (
    Block,
    Cell,
    Figure,
    Folded,
    Gallery,
    Note,
    Paragraph,
    Row,
    Table,
)
from ctbone.plurals import counted
from ctbone.report.drift import FEW, Month, left_out, months_of
from ctbone.report.figures import distribution_figure, drift_figure, flow_figure
from ctbone.report.runs import Run
from ctbone.report.studies import Study
from ctbone.report.words import NAMES, quantity_of, spoken

#: In the order of severity, and what has none last.
_CATEGORIES = ("normal", "no_osteoporosis", "osteopenia", "osteoporosis", "low_bone_mass", "")

#: What nobody can tell from a drift.
_CAVEAT = (
    "A line that moves can be the scanner, its protocols or the patients who are sent to it: "
    "medians of patients cannot tell these apart. A phantom can."
)


def overview(run: Run, studies: Sequence[Study]) -> Iterator[Block]:
    """Yield the parts of the overview: flow, reasons, distribution, drift and time."""
    figures = [flow_figure(chart_of(studies), alt="The way of studies through the run.")]
    figures += _distribution(studies)
    yield Gallery(items=tuple(figures))
    yield from map(Note, _undrawn(studies))
    yield from _reasons(studies)
    for quantity in ("trabecular_hu", "bmd_mg_cm3"):
        yield from _drift(studies, quantity)
    yield from _seconds(run, len(studies))


def chart_of(studies: Sequence[Study]) -> FlowChart:
    """Return the flow chart: every study that was found ends in one of its boxes."""
    kept = [study for study in studies if not study.is_rejected]
    reasons = Counter(study.reason for study in studies if study.is_rejected)
    gone = sum(reasons.values())
    listed = [f"\u2022 {spoken(name)}: {count}" for name, count in reasons.most_common()]
    leave = (f"{counted(gone, 'study')} without a result", *listed)
    steps = (
        Step(f"{counted(len(studies), 'study')} found", leave if gone else ()),
        Step(f"{counted(len(kept), 'study')} {kept[0].status if kept else 'with a result'}"),
    )
    counts = Counter(study.category for study in kept)
    boxes = [
        (spoken(name), counted(counts[name], "study"))
        for name in _CATEGORIES
        if name and counts[name]
    ]
    return FlowChart(steps, tuple(boxes))


def _reasons(studies: Sequence[Study]) -> Iterator[Block]:
    reasons = Counter((s.reason, s.stage) for s in studies if s.is_rejected)
    if not reasons:
        return
    rows = tuple(
        (spoken(reason), spoken(stage), Cell(str(n), n), _share(n, len(studies)))
        for (reason, stage), n in reasons.most_common()
    )
    columns = ("reason", "stage", "studies", "of all, %")
    yield Table(title="Why there is no result", columns=columns, rows=rows)


def _share(count: int, of: int) -> Cell:
    return Cell(f"{100.0 * count / of:.1f}", count / of)


def _usual(studies: Sequence[Study]) -> str:
    """Return the quantity that most studies have; empty where none has any."""
    quantities = Counter(filter(None, map(quantity_of, studies)))
    return quantities.most_common(1)[0][0] if quantities else ""


def _distribution(studies: Sequence[Study]) -> Iterator[Figure]:
    if not (quantity := _usual(studies)):
        return
    groups = _by_category([s for s in studies if quantity in s.measures], quantity)
    name, unit = NAMES[quantity]
    named = {spoken(category) or "all": values for category, values in groups.items()}
    what = name if list(named) == ["all"] else f"{name} by category"
    yield distribution_figure(named, label=f"{name}, {unit}", alt=f"{what}.")


def _undrawn(studies: Sequence[Study]) -> Iterator[str]:
    quantity = _usual(studies)
    without = sum(not s.is_rejected and quantity not in s.measures for s in studies)
    if without:
        name = NAMES[quantity][0] if quantity else "value"
        yield f"{counted(without, 'study')} with a result, without {name} that could be drawn."


def _by_category(studies: Sequence[Study], quantity: str) -> Mapping[str, list[float]]:
    groups = {
        category: [s.measures[quantity].value for s in studies if s.category == category]
        for category in _CATEGORIES
    }
    return {category: values for category, values in groups.items() if values}


def _drift(studies: Sequence[Study], quantity: str) -> Iterator[Block]:
    if not any(quantity in study.measures for study in studies):
        return
    name, unit = NAMES[quantity]
    months = months_of(studies, quantity)
    dated = [month for month in months if month.month]
    if dated:
        alt = (
            f"{name} by scanner and month: median and quartiles. Hollow: fewer than {FEW} studies."
        )
        yield drift_figure(dated, label=f"{name}, {unit}", alt=alt)
        yield Paragraph(_CAVEAT)
    yield from map(Note, _unknown(studies, quantity, months))
    if months:
        table = _drift_table(months, f"{name} by scanner and month, {unit}")
        yield Folded(summary=f"{name} by scanner and month, in numbers", blocks=(table,))


def _unknown(studies: Sequence[Study], quantity: str, months: Sequence[Month]) -> Iterator[str]:
    name, _ = NAMES[quantity]
    scanners, nameless = left_out(studies, quantity)
    undated = sum(month.number for month in months if not month.month)
    if not months:
        yield f"Drift of {name} cannot be shown: no result says on which scanner it was made."
        return
    if undated:
        said = f"the month of {counted(undated, 'study')} is not known"
        yield f"{name}: {said}; they are in no line."
    if nameless:
        said = f"{counted(nameless, 'study')} of no known scanner"
        yield f"{name}: {said}, neither drawn nor listed."
    if scanners:
        yield f"{name}: {counted(scanners, 'further scanner')} with fewer studies are left out."


def _drift_table(months: Sequence[Month], title: str) -> Table:
    rows: list[Row] = [
        (m.scanner, m.month or "not known", Cell(str(m.number), m.number), *_quartiles(m))
        for m in months
    ]
    columns = ("scanner", "month", "studies", "first quartile", "median", "third quartile")
    return Table(title=title, columns=columns, rows=tuple(rows))


def _quartiles(month: Month) -> tuple[Cell, ...]:
    return tuple(Cell(f"{v:.1f}", v) for v in (month.lower, month.median, month.upper))


def _seconds(run: Run, studies: int) -> Iterator[Block]:
    seconds = {str(n): s for n, s in run.stated.get("seconds", {}).items() if _is_number(s)}
    if not seconds or not studies:
        return
    rows = tuple(
        (
            spoken(name),
            Cell(f"{spent:.1f}", spent),
            Cell(f"{spent / studies:.2f}", spent / studies),
        )
        for name, spent in seconds.items()
    )
    note = "Elapsed is the time on the clock; stages of several studies can overlap."
    columns = ("stage", "seconds", "seconds a study")
    yield Table(title="Time", columns=columns, rows=rows, note=note, sortable=False)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
