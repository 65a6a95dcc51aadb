"""The flow of participants as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ctbone.drawing import FlowChart, Step, draw_flow_chart
from ctbone.evaluation.flow import Flow
from ctbone.evaluation.linking import ByReference
from ctbone.evaluation.scales import CATEGORIES, spoken
from ctbone.plurals import counted


def draw_flow(flow: Flow, out: Path, name: str = "flow") -> tuple[Path, Path]:
    """Draw the flow chart; return its files, PNG and SVG."""
    return draw_flow_chart(chart_of(flow), out, name)


def chart_of(flow: Flow) -> FlowChart:
    """Return the chart of a flow: what did not happen has no box."""
    steps = (
        Step(f"{counted(flow.studies, 'study')} in the cohort", _lost(flow)),
        Step(f"{counted(flow.patients, 'patient')}, one study each", _unjudged(flow)),
        Step(_judged(flow), _unread(flow)),
        Step(f"{counted(flow.with_result, 'patient')} with a result of the index test"),
    )
    return FlowChart(steps, tuple(_last(flow)))


def _lost(flow: Flow) -> tuple[str, ...]:
    gone = flow.patients_without_result
    more = f" ({counted(gone, 'patient')} with no other)" if gone else ""
    numbers = (
        (flow.without_result, f"set aside, not in the results{more}"),
        (flow.further_studies, "set aside, as the patient has another study"),
    )
    return tuple(f"{counted(n, 'study')} {text}" for n, text in numbers if n)


def _unjudged(flow: Flow) -> tuple[str, ...]:
    n = flow.without_category
    return (f"{counted(n, 'patient')} without a reference category",) if n else ()


def _judged(flow: Flow) -> str:
    text = f"{counted(flow.evaluated, 'patient')} with a reference category"
    if flow.review is None:
        return text
    return f"{text}. Review by a person: {flow.review.told}"


def _unread(flow: Flow) -> tuple[str, ...]:
    if not flow.nonevaluable:
        return ()
    reasons = (
        f"\u2022 {reason.replace('_', ' ')}: {sum(counts)}"
        for reason, counts in flow.no_result.items()
    )
    head = f"{counted(flow.nonevaluable, 'patient')} without a result of the index test"
    return (head, *reasons, "Reference standard:", *_by_reference(_total(flow)))


def _last(flow: Flow) -> Iterator[tuple[str, ...]]:
    """Yield the texts of a category of the index test, each with the reference in it."""
    for category, counts in flow.results.items():
        head = (f"Index test: {spoken(category)}", counted(sum(counts), "patient"))
        yield (*head, "Reference standard:", *_by_reference(counts))


def _total(flow: Flow) -> ByReference:
    first, second, third = (sum(column) for column in zip(*flow.no_result.values(), strict=True))
    return first, second, third


def _by_reference(counts: ByReference) -> list[str]:
    return [
        f"\u2022 {category.value}: {count}"
        for category, count in zip(CATEGORIES, counts, strict=True)
    ]
