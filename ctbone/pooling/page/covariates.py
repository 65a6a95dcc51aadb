"""Sentences about covariates: how they were tested, and what came out."""

from __future__ import annotations

from collections.abc import Sequence

from ctbone.pooling.analysis import Analysis
from ctbone.pooling.numerals import probability

#: Groups differ below this.
_DIFFERENT = 0.05


def methods_of_covariates(analyses: Sequence[Analysis]) -> list[str]:
    """Say how covariates were tested, a sentence each."""
    words = []
    if any(analysis.subgroups for analysis in analyses):
        words.append(
            "Subgroups were compared by joint likelihood-ratio tests between bivariate models "
            "with and without the covariate, one covariate at a time."
        )
    if any(analysis.trends for analysis in analyses):
        words.append("Covariates that are numbers entered as slopes and were tested likewise.")
    if any(len(analysis.adjusted) > 1 for analysis in analyses):
        words.append(
            "P values of covariates are not adjusted for their number unless it is said that they "
            "are (Holm, Scand J Stat 1979;6:65)."
        )
    return words


def results_of_covariates(analysis: Analysis) -> str:
    """Say by what accuracy differed, and what is left of it when the tests are counted."""
    found, number = analysis.tested, len(analysis.tested)
    if not found:
        return ""
    below = {name: p for name, p in found.items() if p < _DIFFERENT}
    told = _listed([f"{name} ({probability(p)})" for name, p in (below or found).items()], "and")
    if number == 1:
        verb = "Accuracy differed" if below else "No difference in accuracy was shown"
        return f"{verb} by {told}."
    if not below:
        lowest = probability(min(found.values()))
        return (
            f"No difference in accuracy was shown by any of {number} covariates (lowest {lowest}, "
            "unadjusted)."
        )
    kept = [name for name, p in analysis.adjusted.items() if p < _DIFFERENT]
    rest = f"remained for {_listed(kept, 'and')}" if kept else "remained for none"
    return (
        f"Of {number} covariates tested one at a time, accuracy differed by {told}; after Holm's "
        f"adjustment for {number} tests a difference {rest}."
    )


def _listed(words: Sequence[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
