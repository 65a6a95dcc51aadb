"""The stacks of a study that could be read, and why none of them is."""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.errors import NoEligibleSeries, Reason
from ctbone.ingest.stack import Stack
from ctbone.ingest.storage import Finding
from ctbone.records import SeriesRecord, StudyRecord

#: Reasons from the farthest from being read to the nearest. What is no CT image at all is
#: farthest; a volume that only shows the wrong part of the body, or little of it, is nearest.
_NEARNESS = (
    Reason.NOT_AN_IMAGE,
    Reason.NOT_CT,
    Reason.SECONDARY_CAPTURE,
    Reason.LOCALIZER,
    Reason.NOT_PRIMARY,
    Reason.PATIENT_UNCLEAR,
    Reason.UNREADABLE_FILE,
    Reason.UNSUPPORTED_ENCODING,
    Reason.LOSSY_COMPRESSION,
    Reason.NOT_HOUNSFIELD,
    Reason.MISSING_RESCALE,
    Reason.NOT_ORTHOGONAL,
    Reason.DUPLICATE_POSITIONS,
    Reason.IRREGULAR_GEOMETRY,
    Reason.MISSING_SLICES,
    Reason.TOO_FEW_SLICES,
    Reason.SLICES_TOO_THICK,
    Reason.NOT_TORSO,
)

#: Stacks that the message of a refusal names.
_MOST_NAMED = 50


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One stack of one series, and what speaks against it.

    Attributes:
        series: The series, with the kernel and the tube potential of the stack.
        number: Number of the stack in the series, from 0.
        stack: The stack.
        siblings: How many stacks the series has.
        findings: What speaks against it, the weightiest first.
    """

    series: SeriesRecord
    number: int
    stack: Stack
    siblings: int
    findings: tuple[Finding, ...]


def all_findings(findings: tuple[Finding, ...]) -> str:
    """Return everything that speaks against a stack in one line."""
    return "; ".join(finding.detail for finding in findings)


def no_eligible_series(study: StudyRecord, candidates: list[Candidate]) -> NoEligibleSeries:
    """Return the fault of a study without a stack that is fit, by the one that came nearest."""
    main = _largest_of_each_series(candidates)
    parts = [(c in main, c.findings[0].reason, _described(c)) for c in candidates]
    if study.faults:
        numbers = ", ".join(str(fault.number) for fault in study.faults[:10])
        more = f" and {len(study.faults) - 10} more" if len(study.faults) > 10 else ""
        first = study.faults[0]
        parts.append((True, first.reason, f"unreadable files {numbers}{more}: {first.detail}"))
    if not parts:
        return NoEligibleSeries("expected at least one series, found none")
    parts.sort(key=lambda part: (part[0], _NEARNESS.index(part[1])), reverse=True)
    texts = [text for _, _, text in parts[:_MOST_NAMED]]
    if len(parts) > _MOST_NAMED:
        texts.append(f"and {len(parts) - _MOST_NAMED} more")
    return NoEligibleSeries(" | ".join(texts), reason=parts[0][1])


def _largest_of_each_series(candidates: list[Candidate]) -> set[Candidate]:
    """Return the stack that speaks for each series: a stray slice is no volume that came near."""
    found: dict[tuple[str, str, str], Candidate] = {}
    for candidate in sorted(candidates, key=_size):
        series = candidate.series
        found[series.series_uid, series.modality, series.sop_class_uid] = candidate
    return set(found.values())


def _size(candidate: Candidate) -> tuple[int, int]:
    """Return what the largest stack of a series has most of: slices, then nearness."""
    return len(candidate.stack.slices), _NEARNESS.index(candidate.findings[0].reason)


def _described(candidate: Candidate) -> str:
    stack = f" stack {candidate.number}" if candidate.siblings > 1 else ""
    return f"{candidate.series.series_uid}{stack}: {all_findings(candidate.findings)}"
