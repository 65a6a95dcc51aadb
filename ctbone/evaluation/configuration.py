"""What an evaluation is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ctbone.cohort import Split
from ctbone.evaluation.measures.accuracy import IntervalMethod
from ctbone.evaluation.measures.bootstrap import RESAMPLES
from ctbone.evaluation.measures.prevalence import PREVALENCES


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """Compare screening results with their reference, patient by patient.

    Attributes:
        results: results.csv of a screening.
        cohort: cohort.csv with the reference results.
        out: Folder for tables, evaluation.json, evaluation.html and figures; those of an earlier
            evaluation in it are removed.
        review: review.csv of a person who looked at these results. What was rejected, or measured
            at other levels, counts as without a result (docs/trust.md).
        model: Model folder, to fill the columns that describe the index test; without it the
            backbone is other and the rest is blank.
        study: Name of the study, as forest plots will show it.
        study_id: What evaluations of the same cohort share, such as those of two tests, so that
            pool counts their tables of the same patients as one study.
        splits: Splits to evaluate. A model has seen its training and validation patients.
        confidence: Of every interval, between 0 and 1.
        interval: How limits of shares are found: wilson by the score, exact by Clopper and
            Pearson.
        bootstrap: Resamples of patients for the limits of the area under the curve; 0 for none.
        prevalence: Prevalences, between 0 and 1, that predictive values are given at.
        wanted_sensitivity: Sensitivity for osteoporosis, above 0 and up to 1: the cut-off that
            reaches it is chosen on the validation split, and reported on test patients alone.
        low_bone_mass: Whether a test of three categories is asked for low bone mass too, which is
            osteopenia or osteoporosis. A test that tells nothing else is asked for it anyway.
        against: results.csv of another index test for the same patients, to compare with.
        figures: Whether to draw the figures.
        page: Whether to write evaluation.html, which holds the figures that are drawn.
    """

    results: Path
    cohort: Path
    out: Path
    review: Path | None = None
    model: Path | None = None
    study: str = "ctbone"
    study_id: str = ""
    splits: tuple[Split, ...] = ("internal_test", "temporal_test", "external_test")
    confidence: float = 0.95
    interval: IntervalMethod = "wilson"
    bootstrap: int = RESAMPLES
    prevalence: tuple[float, ...] = PREVALENCES
    wanted_sensitivity: float | None = None
    low_bone_mass: bool = False
    against: Path | None = None
    figures: bool = True
    page: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.confidence < 1.0:
            raise ValueError(f"confidence must lie between 0 and 1, got {self.confidence}")
        if not self.study.strip():
            raise ValueError("study must be a name that forest plots can show, got an empty one")
        if self.bootstrap < 0:
            raise ValueError(f"bootstrap must be a number of resamples, got {self.bootstrap}")
        if wrong := [share for share in self.prevalence if not 0.0 < share < 1.0]:
            raise ValueError(f"prevalence must lie between 0 and 1, got {wrong[0]}")
        wanted = self.wanted_sensitivity
        if wanted is not None and not 0.0 < wanted <= 1.0:
            raise ValueError(f"wanted_sensitivity must lie above 0 and up to 1, got {wanted}")
