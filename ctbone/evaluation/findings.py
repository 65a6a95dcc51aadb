"""Everything that one evaluation found, in one value: what files and pages are written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.cautions import Caution
from ctbone.evaluation.checklist import Answer, Checklist
from ctbone.evaluation.flow import Flow
from ctbone.evaluation.linking import Linkage
from ctbone.evaluation.measures.comparison import Comparison
from ctbone.evaluation.measures.thresholds import ThresholdReport
from ctbone.evaluation.subgroups import SubgroupAccuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that one evaluation found.

    Attributes:
        study: Name of the study.
        confidence: Of every interval.
        linkage: The patients and what did not become one.
        groups: Disjoint groups of them, by split and site.
        whole: Overlapping groups for people: all patients, then each split.
        subgroups: Accuracy in subgroups, by the name of the group they are part of.
        flow: The way of the patients into the tables.
        cautions: What speaks against the tables.
        facts: What the run knows about itself.
        checklists: Checklists with their answers.
        thresholds: Groups of test patients, each with what a cut-off does there that was chosen on
            the validation split.
        comparison: The index test beside another one, where there was one.
        study_id: What it shares with others of the same cohort; empty without one.
    """

    study: str
    confidence: float
    linkage: Linkage
    groups: tuple[Assessment, ...]
    whole: tuple[Assessment, ...]
    subgroups: Mapping[str, tuple[SubgroupAccuracy, ...]]
    flow: Flow
    cautions: tuple[Caution, ...]
    facts: Mapping[str, str]
    checklists: tuple[tuple[Checklist, tuple[Answer, ...]], ...]
    thresholds: tuple[tuple[str, ThresholdReport], ...] = ()
    comparison: Comparison | None = None
    study_id: str = ""
