"""From the material of an evaluation to everything that it finds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ctbone.evaluation.assessment import Assessment, AssessmentOptions, assess
from ctbone.evaluation.cautions import Caution, cautions_of
from ctbone.evaluation.checklist import fill, shipped_checklists
from ctbone.evaluation.configuration import EvaluateConfig
from ctbone.evaluation.facts import Evidence, facts_of
from ctbone.evaluation.findings import Findings
from ctbone.evaluation.flow import Flow, flow_of
from ctbone.evaluation.levels import level_subgroups
from ctbone.evaluation.linking import (
    Case,
    group_by_cohort,
    link,
)
from ctbone.evaluation.material import Material
from ctbone.evaluation.measures.comparison import Comparison, compare
from ctbone.evaluation.measures.thresholds import (
    ThresholdReport,
    choose_threshold,
    report_threshold,
)
from ctbone.evaluation.origins import cautions_of_origin
from ctbone.evaluation.reviewing import (
    ReviewFlow,
    cautions_of_review,
    cautions_of_screening,
    review_flow,
)
from ctbone.evaluation.scales import shared_targets, spoken
from ctbone.evaluation.subgroups import SubgroupAccuracy, assess_subgroups, subgroups

#: Name of the group that holds every patient.
ALL = "all patients"

_TESTS = ("internal_test", "temporal_test", "external_test")

_NO_THRESHOLD = "No cut-off was chosen on other patients."


def find(config: EvaluateConfig, material: Material) -> Findings:
    """Evaluate what was read.

    Raises:
        ValueError: If a threshold is wanted and the validation split cannot give one, or two index
            tests share no patient.
    """
    linkage = material.linkage
    groups, whole = _assessments(material, config)
    flow = flow_of(linkage, review=_review(material))
    cautions = _cautions(groups, material, flow)
    thresholds = _thresholds(config, material, whole)
    comparison = _comparison(config, material)
    evidence = Evidence(
        cohort=material.cohort,
        whole=whole[0],
        flow=flow,
        cautions=cautions,
        provenance=material.provenance,
        rule=material.rule,
        confidence=config.confidence,
        interval=config.interval,
        resamples=config.bootstrap,
        is_compared=comparison is not None,
        areas_are_compared=comparison is not None and comparison.has_areas,
        further={"threshold": _threshold_fact(thresholds)},
    )
    facts = facts_of(evidence)
    by_group = partial(_subgroups, config, material)
    return Findings(
        study=config.study,
        confidence=config.confidence,
        linkage=linkage,
        groups=groups,
        whole=whole,
        subgroups={group.name: by_group(group) for group in whole},
        flow=flow,
        cautions=cautions,
        facts=facts,
        checklists=tuple((one, fill(one, facts)) for one in shipped_checklists()),
        thresholds=thresholds,
        comparison=comparison,
        study_id=config.study_id.strip(),
    )


def _review(material: Material) -> ReviewFlow | None:
    if material.reviewed is None:
        return None
    linkage = material.linkage
    return review_flow(linkage.cases, material.reviewed, scale=linkage.scale)


def _cautions(groups: Sequence[Assessment], material: Material, flow: Flow) -> tuple[Caution, ...]:
    cases = material.linkage.cases
    origin = cautions_of_origin(cases, material.results, material.cohort, material.provenance)
    taken = material.reviewed.taken if material.reviewed else ()
    by_people = [] if flow.review is None else list(cautions_of_review(flow.review))
    by_people += cautions_of_screening(cases, taken)
    return (*by_people, *origin, *cautions_of(groups, material.linkage))


def _assessments(
    material: Material, config: EvaluateConfig
) -> tuple[tuple[Assessment, ...], tuple[Assessment, ...]]:
    """Return the disjoint groups by split and site, and the overlapping ones for people."""
    linkage = material.linkage
    options = AssessmentOptions(
        interval=config.interval,
        prevalences=config.prevalence,
        resamples=config.bootstrap,
        rule=material.rule,
    )

    def one(name: str, cases: Sequence[Case]) -> Assessment:
        studies = linkage.studies_of(cases)
        return assess(
            name,
            cases,
            studies=studies,
            confidence=config.confidence,
            options=options,
            scale=linkage.scale,
        )

    groups = tuple(
        one(f"{split}, {site}" if site else split, cases)
        for (split, site), cases in group_by_cohort(linkage.cases).items()
    )
    splits = dict.fromkeys(case.reference.split for case in linkage.cases)
    whole = [one(ALL, linkage.cases)]
    taken = {group.name for group in groups}
    whole += [
        one(split, [case for case in linkage.cases if case.reference.split == split])
        for split in dict.fromkeys(config.splits)
        if split in splits and split not in taken
    ]
    return groups, tuple(whole)


def _subgroups(
    config: EvaluateConfig, material: Material, group: Assessment
) -> tuple[SubgroupAccuracy, ...]:
    levels = level_subgroups(group.cases, config.results, material.rule)
    return assess_subgroups(
        (*subgroups(group.cases), *levels),
        confidence=config.confidence,
        interval=config.interval,
        scale=material.linkage.scale,
    )


def _thresholds(
    config: EvaluateConfig, material: Material, whole: Sequence[Assessment]
) -> tuple[tuple[str, ThresholdReport], ...]:
    """Choose a cut-off on the validation split and report it on test patients alone."""
    if config.wanted_sensitivity is None:
        return ()
    rows = [row for row in material.cohort if row.split == "validation"]
    known = {row.study_uid for row in rows}
    validation = link(
        [r for r in material.results if r.study_uid in known], rows, scale=material.linkage.scale
    ).cases
    chosen = choose_threshold(
        validation,
        material.linkage.scale.targets[0],
        sensitivity=config.wanted_sensitivity,
        confidence=config.confidence,
        interval=config.interval,
    )
    reports = []
    for group in whole:
        test = [case for case in group.cases if case.reference.split in _TESTS]
        if test:
            report = report_threshold(
                chosen, test, confidence=config.confidence, interval=config.interval
            )
            alone = "" if len(test) == len(group.cases) else " of the test splits"
            reports.append((f"{group.name}{alone}", report))
    if not reports:
        raise ValueError(
            f"wanted_sensitivity needs test patients to report on, one of the splits {_TESTS}; "
            f"evaluated are {config.splits}"
        )
    return tuple(reports)


def _threshold_fact(thresholds: Sequence[tuple[str, ThresholdReport]]) -> str:
    if not thresholds:
        return _NO_THRESHOLD
    chosen = thresholds[0][1].threshold
    wanted = f"{100 * chosen.wanted:g} %"
    return (
        f"For a wanted sensitivity of {wanted} for {spoken(chosen.target)}, a cut-off was chosen "
        f"on the validation split and reported on test patients alone: {chosen.basis}"
    )


def _comparison(config: EvaluateConfig, material: Material) -> Comparison | None:
    if material.against is None:
        return None
    ours, theirs = material.linkage, material.against
    targets = shared_targets(ours.scale, theirs.scale)
    return compare(ours.cases, theirs.cases, confidence=config.confidence, targets=targets)
