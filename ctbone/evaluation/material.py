"""What an evaluation reads: results and cohort, linked, and where both come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ctbone.cohort import CohortRow, read_cohort
from ctbone.errors import NothingUsable
from ctbone.evaluation.configuration import EvaluateConfig
from ctbone.evaluation.deciding import deciding_rule
from ctbone.evaluation.linking import Linkage, link
from ctbone.evaluation.provenance import Provenance, read_provenance
from ctbone.evaluation.reviewing import Reviewed, apply_review
from ctbone.evaluation.scales import Scale, ask_low_bone_mass, scale_of
from ctbone.interchange import ResultRow, read_results, read_review
from ctbone.rules import DecisionRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What an evaluation reads.

    Attributes:
        cohort: Every row of the cohort.
        results: Every row of the results, as a review of them leaves it.
        linkage: Results and cohort of the splits that are evaluated.
        against: The same of another index test, if there is one.
        provenance: Where the results come from.
        rule: By which all results were classed; ``None`` where it is not known, or there is none.
        reviewed: What the review said and did, where there is one.
    """

    cohort: tuple[CohortRow, ...]
    results: tuple[ResultRow, ...]
    linkage: Linkage
    against: Linkage | None
    provenance: Provenance
    rule: DecisionRule | None = None
    reviewed: Reviewed | None = None


def read_material(config: EvaluateConfig) -> Material:
    """Read the files of an evaluation.

    Raises:
        ValueError: If a file is not what it should be, or the test cannot be asked what it is.
        NothingUsable: If no patient of the chosen splits has a result and a reference.
    """
    cohort, results = read_cohort(config.cohort), read_results(config.results)
    scale, reviewed = _scale(config.results, results), None
    if config.review:
        reviewed = apply_review(results, read_review(config.review))
        results = reviewed.rows
    linkage = _linkage(config, cohort, results, scale)
    if config.low_bone_mass:
        linkage = replace(linkage, scale=ask_low_bone_mass(linkage.scale))
    against = _against(config, cohort, config.against) if config.against else None
    provenance = read_provenance(config.results, config.model, cohort=config.cohort)
    return Material(
        cohort=cohort,
        results=results,
        linkage=linkage,
        against=against,
        provenance=provenance,
        rule=deciding_rule(results, provenance),
        reviewed=reviewed,
    )


def _scale(path: Path, rows: Sequence[ResultRow]) -> Scale:
    """Return what a test tells apart, by all of its results, those of other splits too."""
    try:
        return scale_of(rows)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def _against(config: EvaluateConfig, cohort: Sequence[CohortRow], path: Path) -> Linkage:
    rows = read_results(path)
    return _linkage(config, cohort, rows, _scale(path, rows))


def _linkage(
    config: EvaluateConfig, cohort: Sequence[CohortRow], rows: Sequence[ResultRow], scale: Scale
) -> Linkage:
    chosen = [row for row in cohort if row.split in config.splits]
    if not chosen:
        found = sorted({row.split for row in cohort})
        raise NothingUsable(f"expected patients in the splits {config.splits}, found {found}")
    outside = {row.study_uid for row in cohort} - {row.study_uid for row in chosen}
    results = [row for row in rows if row.study_uid not in outside]
    linkage = link(results, chosen, scale=scale)
    if not any(case.is_listed for case in linkage.cases):
        judged = sum(row.category is not None for row in chosen)
        raise NothingUsable(
            "expected results for studies of the cohort with a reference category, found none: "
            f"{len(results)} results, {len(chosen)} studies, {judged} of them with a category"
        )
    return linkage
