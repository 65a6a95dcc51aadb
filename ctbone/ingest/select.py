"""Which series of a study is read: a written rule, and a verdict for every stack.

A stack is fit to be read if none of the findings of ``findings`` holds. Among those that are fit,
the first by this order is chosen:

1. axial, or near it, before sagittal or coronal;
2. long enough to hold the lumbar levels wherever it was centred, before shorter;
3. a soft-tissue kernel before an unknown one before a sharp one: edges distort attenuation;
4. unenhanced before unknown before enhanced: contrast agent raises trabecular attenuation;
5. not marked as derived, before marked;
6. slices of the preferred thickness, before others;
7. no position twice;
8. the longer, the finer, and at last by UID, so that the choice is the same every time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ctbone.errors import Reason
from ctbone.ingest.building import most_common
from ctbone.ingest.candidates import Candidate, all_findings, no_eligible_series
from ctbone.ingest.declared import acquisition_flags
from ctbone.ingest.findings import (
    SeriesRule,
    extent_mm,
    find,
    is_axial,
    is_marked_derived,
    thickness_mm,
)
from ctbone.ingest.stack import Stack
from ctbone.ingest.stacks import split_stacks
from ctbone.kernels import KernelKind, kernel_kind
from ctbone.records import NIFTI, Flag, SeriesRecord, StudyRecord

#: An extent that holds L1 and L2 in any examination that was planned to show them, millimetres:
#: from the dome of the diaphragm to the iliac crest, or a dedicated lumbar scan. A design choice.
_LONG_MM = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesVerdict:
    """What the rule says of one stack of one series.

    Attributes:
        series_uid: The series.
        stack: Number of the stack in the series, from 0.
        slices: How many slices it has.
        spacing_mm: Distance between neighbouring slices; ``None`` where that is not defined.
        thickness_mm: The larger of nominal thickness and spacing; ``None`` when neither is known.
        extent_mm: Length along the normal; ``None`` where that is not defined.
        kernel: What the kernel was made for.
        is_chosen: Whether it is the one to read.
        is_eligible: Whether it is fit to be read.
        reason: Why it is not read; ``None`` for the chosen one.
        detail: Everything that speaks against it, or what was preferred.
    """

    series_uid: str
    stack: int
    slices: int
    spacing_mm: float | None
    thickness_mm: float | None
    extent_mm: float | None
    kernel: KernelKind
    is_chosen: bool
    is_eligible: bool
    reason: Reason | None
    detail: str


def select_series(study: StudyRecord, *, rule: SeriesRule) -> SeriesRecord:
    """Return the stack of the study that is to be read, as a series, with what it has to declare.

    Raises:
        NoEligibleSeries: If none is fit; its reason is that of the series that came nearest, for
            which its largest stack speaks.
    """
    candidates = _candidates(study, rule=rule)
    chosen = _choose(candidates, rule=rule)
    if chosen is None:
        raise no_eligible_series(study, candidates)
    flags = (*chosen.series.flags, *_flags(chosen))
    return replace(chosen.series, slices=chosen.stack.slices, flags=tuple(dict.fromkeys(flags)))


def review_series(study: StudyRecord, *, rule: SeriesRule) -> tuple[SeriesVerdict, ...]:
    """Return a verdict for every stack of every series of the study."""
    candidates = _candidates(study, rule=rule)
    chosen = _choose(candidates, rule=rule)
    return tuple(_verdict(c, chosen, rule=rule) for c in candidates)


def _candidates(study: StudyRecord, *, rule: SeriesRule) -> list[Candidate]:
    found: list[Candidate] = []
    numbers: Counter[str] = Counter()
    for series in study.series:
        stacks = split_stacks(series.slices) or (Stack((), None, "the series has no images"),)
        for stack in stacks:
            number = numbers[series.series_uid]
            numbers[series.series_uid] += 1
            findings = tuple(find(series, stack, rule=rule))
            own = _of_stack(series, stack)
            found.append(Candidate(own, number, stack, len(stacks), findings))
    return found


def _of_stack(series: SeriesRecord, stack: Stack) -> SeriesRecord:
    """Return a series with the kernel and the tube potential of most slices of a stack."""
    return replace(
        series,
        kernel=most_common((item.kernel for item in stack.slices), series.kernel),
        kvp=most_common((item.kvp for item in stack.slices), series.kvp),
    )


def _choose(candidates: list[Candidate], *, rule: SeriesRule) -> Candidate | None:
    fit = [c for c in candidates if not c.findings]
    return min(fit, key=lambda c: tuple(_preference(c, rule=rule).values()), default=None)


def _preference(candidate: Candidate, *, rule: SeriesRule) -> dict[str, object]:
    """Return what a candidate is compared by, in order; less is better."""
    series, stack = candidate.series, candidate.stack
    least, most = rule.preferred_thickness_mm
    thickness = thickness_mm(stack) or 0.0
    extent = extent_mm(stack) or 0.0
    return {
        "axial": not is_axial(stack),
        "long enough for the lumbar levels": extent < _LONG_MM,
        "a softer kernel": _kernel_rank(series),
        "without contrast agent": {False: 0, None: 1, True: 2}[series.contrast],
        "not marked as derived": is_marked_derived(stack),
        "of the preferred thickness": not least <= thickness <= most,
        "without repeated positions": bool(stack.geometry and stack.geometry.duplicates),
        "longer": -round(extent),
        "of thinner slices": thickness,
        "first by UID": (series.series_uid, series.sop_class_uid, candidate.number),
    }


def _kernel_rank(series: SeriesRecord) -> int:
    order = (KernelKind.SOFT, KernelKind.UNKNOWN, KernelKind.SHARP)
    return order.index(kernel_kind(series.kernel, series.manufacturer))


def _verdict(candidate: Candidate, chosen: Candidate | None, *, rule: SeriesRule) -> SeriesVerdict:
    reason, detail = _judgement(candidate, chosen, rule=rule)
    geometry = candidate.stack.geometry
    return SeriesVerdict(
        series_uid=candidate.series.series_uid,
        stack=candidate.number,
        slices=len(candidate.stack.slices),
        spacing_mm=round(geometry.spacing_mm, 4) if geometry and geometry.spacing_mm else None,
        thickness_mm=thickness_mm(candidate.stack),
        extent_mm=extent_mm(candidate.stack),
        kernel=kernel_kind(candidate.series.kernel, candidate.series.manufacturer),
        is_chosen=candidate is chosen,
        is_eligible=not candidate.findings,
        reason=reason,
        detail=detail,
    )


def _judgement(
    candidate: Candidate, chosen: Candidate | None, *, rule: SeriesRule
) -> tuple[Reason | None, str]:
    if candidate.findings:
        return candidate.findings[0].reason, all_findings(candidate.findings)
    if chosen is None or candidate is chosen:
        return None, ""
    better, worse = _preference(chosen, rule=rule), _preference(candidate, rule=rule)
    difference = next(name for name in better if better[name] != worse[name])
    return Reason.NOT_PREFERRED, f"fit, but another is {difference}"


def _flags(chosen: Candidate) -> Iterator[Flag]:
    """Yield what the chosen stack has to declare."""
    series, stack = chosen.series, chosen.stack
    yield from acquisition_flags(series, stack)
    if not is_axial(stack) and series.slices[0].encoding.transfer_syntax_uid != NIFTI:
        yield Flag.NOT_AXIAL
    if is_marked_derived(stack):
        yield Flag.MARKED_DERIVED
    if chosen.siblings > 1:
        yield Flag.STACK_CHOSEN
