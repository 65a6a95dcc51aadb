"""What a reader of an analysis has to know, a sentence a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ctbone.interchange import AccuracyTable
from ctbone.plurals import counted
from ctbone.pooling.asymmetry import Asymmetry
from ctbone.pooling.clustering import unlinked_cohorts
from ctbone.pooling.dependence import Dependence
from ctbone.pooling.findings import Analysis
from ctbone.pooling.heterogeneity import Heterogeneity
from ctbone.pooling.model.profile import ProfileInterval
from ctbone.pooling.summary import SummaryAccuracy
from ctbone.records import Interval

#: Names of studies that a sentence gives; pooling.json has them all.
_MOST_NAMES = 6

#: Below as many tables Wald's 95 % limits held the truth in 90 to 93 % of 3,000 simulated reviews,
#: those of the profile likelihood in 92 to 95 % (benchmarks/coverage.py).
FEW_TABLES = 20

#: Percent from which the joint I2 of MIDAS is as it always is.
_USUAL = 90.0


def remark(found: Analysis, compat: str) -> tuple[str, ...]:
    """Return what has to be said of an analysis, with what its parts say already."""
    asked = compat == "midas" and found.compat is None
    lost = ("MIDAS is not reproduced: its model has no maximum on these tables.",) if asked else ()
    return (
        *found.summary.notes,
        *_on_model(found.summary, found.auc),
        *_on_profile(found.profile),
        *_on_few(found),
        *_on_heterogeneity(found.heterogeneity),
        *_on_asymmetry(found.asymmetry, found.tables),
        *_on_dependence(found.dependence, found.tables),
        *_on_cohorts(found.tables),
        *found.notes,
        *lost,
    )


def _on_model(summary: SummaryAccuracy, auc: Interval | None) -> Iterator[str]:
    """Yield what the model leaves open."""
    fit = summary.fit
    if fit is None:
        return
    if auc is None:
        yield "One variance is zero: the tables define a summary point and no curve."
    if (fit.correlation or 0.0) > 0.0:
        yield (
            "Sensitivity and specificity rise together: the studies do not trade one for the "
            "other along a curve."
        )
    if fit.model != "exact":
        yield "Tests, subgroups and dependence are those of the exact model."


def _on_few(found: Analysis) -> Iterator[str]:
    """Yield the limits to quote where Wald's hold less than they say."""
    limits = [found.profile.get(name) for name in ("sensitivity", "specificity")]
    told = [
        f"{one.lower:.3f} to {one.upper:.3f}"
        for one in limits
        if one is not None and one.lower is not None and one.upper is not None
    ]
    if found.summary.k < FEW_TABLES and len(told) == len(limits):
        yield (
            f"With fewer than {FEW_TABLES} tables Wald's limits are too narrow; those of the "
            f"profile likelihood are to be quoted: sensitivity {told[0]}, specificity {told[1]}."
        )


def _on_profile(profile: Mapping[str, ProfileInterval]) -> Iterator[str]:
    """Yield why a profile limit is missing."""
    for name, interval in profile.items():
        if interval.note:
            yield f"Profile limits of {name.replace('_', ' ')}: {interval.note}"


def _on_heterogeneity(found: Heterogeneity) -> Iterator[str]:
    """Yield how the joint I2 is to be read."""
    if found.midas_joint is None or found.zhou_dendukuri is None:
        return
    why = " (near 100 % for nearly all real data: it is taken against a model that fits none)"
    joint = found.midas_joint.i2
    yield (
        f"The joint I2 that MIDAS prints is {joint:.0f} %{why if joint > _USUAL else ''}; "
        "that of Zhou and Dendukuri, which sets the variance between studies against that within "
        f"them, is {found.zhou_dendukuri.joint:.0f} %{_degenerate(found)}."
    )


def _degenerate(found: Heterogeneity) -> str:
    share = found.threshold.share
    if found.spread_sensitivity is None or found.spread_specificity is None:
        return ", as it always is where a variance is 0"
    if share is not None and share > 1.0 - 1e-9:
        return ", as it always is at a correlation of +-1"
    return ""


def _on_asymmetry(found: Asymmetry | None, tables: Sequence[AccuracyTable]) -> Iterator[str]:
    """Yield what Deeks' test left out, took or could not do."""
    informing = sum(1 for t in tables if t.table.diseased and t.table.healthy)
    if found is None:
        why = "fewer than three tables" if informing < 3 else "the tables are too much alike"
        yield f"Deeks' test is not given: {why}."
        return
    if found.corrected:
        yield (
            f"Deeks' test adds half a patient to the cells of {counted(found.corrected, 'table')} "
            "with an empty one, since their odds ratio does not exist; sample sizes stay."
        )
    if 2 * found.corrected > informing:
        yield (
            "Most odds ratios of Deeks' test rest on the half patients added: its result is "
            "theirs as much as the data's."
        )
    if informing < 10:
        yield f"Deeks' test has little power with {informing} tables."


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    if more < 2:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMES])} and {more} others"


def _on_dependence(found: Dependence | None, tables: Sequence[AccuracyTable]) -> Iterator[str]:
    """Yield which tables are not independent, and where the answer to it stands."""
    if found is None:
        return
    yield (
        f"The {counted(len(tables), 'table')} come from {counted(found.studies, 'study')} and are "
        f"counted as if independent; several come from {_named(found.repeated)}. Beside them "
        "stand one table a study, cluster-robust limits and the three-level model, as far as they "
        "hold."
    )
    yield from found.notes


def _on_cohorts(tables: Sequence[AccuracyTable]) -> Iterator[str]:
    """Yield which cohorts of several studies bear one name, and count as several all the same."""
    if names := unlinked_cohorts(tables):
        yield (
            f"Several studies call a cohort {_named([repr(name) for name in names])}; they count "
            "as different patients. Where they are the same, give their tables one study_id."
        )
