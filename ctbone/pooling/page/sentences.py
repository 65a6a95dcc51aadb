"""Paragraphs made to be quoted: what was done, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType

from ctbone.plurals import counted
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.model.bivariate import Model
from ctbone.pooling.numerals import level, percent, probability, ratio_interval
from ctbone.pooling.page.covariates import methods_of_covariates, results_of_covariates
from ctbone.pooling.remarks import FEW_TABLES
from ctbone.pooling.scattergram import quadrant
from ctbone.records import Interval
from ctbone.version import __version__

#: Asymmetry is called so below this, as its authors do.
_ASYMMETRIC = 0.10


def methods(analyses: Sequence[Analysis]) -> str:
    """Say what was done, for a section on methods."""
    confidence = level(analyses[0].summary.confidence)
    words = [
        f"Counts of true and false positives and negatives were pooled with ctbone {__version__}."
    ]
    if any(analysis.summary.fit for analysis in analyses):
        words += _modelled(analyses, confidence)
    if any(analysis.summary.fit is None for analysis in analyses):
        words.append(
            "Where the data did not carry the bivariate model, each margin was pooled alone by a "
            "univariate binomial random-effects model or, failing that, given as pooled counts "
            "with exact limits."
        )
    words += _tested(analyses)
    if _share_studies(analyses):
        words.append(
            "Tables of several conditions from one study hold the same patients: each condition "
            "was pooled for itself, and their pooled values are not independent."
        )
    return " ".join(words)


def _share_studies(analyses: Sequence[Analysis]) -> bool:
    """Whether a study gives tables of more than one condition."""
    studies = [{item.study for item in analysis.tables} for analysis in analyses]
    return len(set().union(*studies)) < sum(map(len, studies))


#: What each model is and how it is fitted.
_MODELS: Mapping[Model, str] = MappingProxyType(
    {
        "exact": "the exact binomial-normal bivariate random-effects model (Chu and Cole, J Clin "
        "Epidemiol 2006;59:1331), fitted by maximum likelihood with adaptive Gauss-Hermite "
        "quadrature in two dimensions",
        "laplace": "the binomial-normal bivariate random-effects model (Chu and Cole, J Clin "
        "Epidemiol 2006;59:1331), fitted by maximum likelihood with Laplace's approximation",
        "normal_ml": "the normal bivariate random-effects model of empirical logits (Reitsma et "
        "al., J Clin Epidemiol 2005;58:982), fitted by maximum likelihood",
        "normal_reml": "the normal bivariate random-effects model of empirical logits (Reitsma et "
        "al., J Clin Epidemiol 2005;58:982), fitted by restricted maximum likelihood",
    }
)


def _modelled(analyses: Sequence[Analysis], confidence: str) -> list[str]:
    words = [
        "Sensitivity and specificity were pooled jointly by "
        f"{_MODELS[analyses[0].summary.model]}.",
        _corrected(analyses),
        f"Intervals are {confidence} Wald intervals on the logit scale for sensitivity and "
        "specificity and by the delta method on the log scale for likelihood ratios and the "
        "diagnostic odds ratio.",
    ]
    if any(_profiled(analysis) for analysis in analyses):
        words.append(
            f"With fewer than {FEW_TABLES} tables, limits from the profile likelihood stand "
            "beside them."
        )
    if any(analysis.auc for analysis in analyses):
        words.append(_CURVE)
    return words


def _corrected(analyses: Sequence[Analysis]) -> str:
    if analyses[0].summary.model in {"exact", "laplace"}:
        return "No cell was corrected for zeros in the model."
    pooled = [a for a in analyses if a.summary.fit]
    if any(0 in asdict(item.table).values() for a in pooled for item in a.tables):
        return "Half a patient was added to the four cells of tables with an empty one."
    return "No table had an empty cell, and none was corrected."


#: Where the curve comes from.
_CURVE = (
    "The summary ROC curve is that of the hierarchical model of Rutter and Gatsonis (Stat Med "
    "2001;20:2865), whose parameters follow from those of the bivariate one (Harbord et al., "
    "Biostatistics 2007;8:239)."
)


def _tested(analyses: Sequence[Analysis]) -> list[str]:
    words = []
    if any(test.df > 0 for analysis in analyses for test in analysis.homogeneity):
        words.append(
            "Heterogeneity of each margin was tested with Pearson's chi-squared statistic"
        )
    if words and any(analysis.zhou for analysis in analyses):
        words[0] += (
            " and its extent described by the I\u00b2 of Zhou and Dendukuri (Stat Med "
            "2014;33:2701) and by prediction intervals"
        )
    words = [f"{text}." for text in words]
    words += methods_of_covariates(analyses)
    if any(analysis.influence for analysis in analyses):
        words.append("Influence was assessed by leaving out one table at a time.")
    if any(analysis.dependence for analysis in analyses):
        words.append(
            "Because studies gave several tables, pooling was repeated with one table a study "
            "and, where the data carried them, with cluster-robust limits and a level for studies."
        )
    if any(a.summary.model != "exact" and a.heterogeneity.midas_joint for a in analyses):
        words.append(
            "Likelihood-ratio tests, subgroups and what concerns dependence are those of the "
            "exact binomial model."
        )
    if any(analysis.asymmetry for analysis in analyses):
        words.append(
            "Funnel-plot asymmetry was tested by Deeks' regression (J Clin Epidemiol 2005;58:882) "
            "at a level of 0.10."
        )
    return words


def results(analysis: Analysis) -> str:
    """Say what came out for one target, for a section on results."""
    parts = (
        _pooled(analysis),
        _varied(analysis),
        _after(analysis),
        results_of_covariates(analysis),
        _asymmetric(analysis),
    )
    return " ".join(part for part in parts if part)


def _pooled(analysis: Analysis) -> str:
    s = analysis.summary
    tables = [item.table for item in analysis.tables]
    diseased, healthy = sum(t.diseased for t in tables), sum(t.healthy for t in tables)
    of = f"For {analysis.target}, " if analysis.target else ""
    who = f"{counted(s.k, 'table')} of {diseased:,} patients with and {healthy:,} without "
    who += "the condition"
    confidence = level(s.confidence)
    first = percent(s.sensitivity).replace("(", f"({confidence} interval ", 1)
    told = f"{of}{who} gave a pooled sensitivity of {first} and specificity of "
    told += percent(s.specificity)
    ratios = [
        f"{name} {ratio_interval(value)}"
        for name, value in (
            ("a positive likelihood ratio of", s.lr_positive),
            ("a negative likelihood ratio of", s.lr_negative),
            ("a diagnostic odds ratio of", s.dor),
        )
        if value is not None
    ]
    told += f", {', '.join(ratios[:-1])} and {ratios[-1]}" if ratios else ""
    return f"{told}.{_profiled(analysis)}"


def _profiled(analysis: Analysis) -> str:
    """Give the profile limits where few tables make Wald's too narrow."""
    sens, spec = (analysis.profile.get(name) for name in ("sensitivity", "specificity"))
    if sens is None or spec is None or analysis.summary.k >= FEW_TABLES:
        return ""
    limits = [
        Interval(one.estimate, one.lower, one.upper)
        for one in (sens, spec)
        if one.lower is not None and one.upper is not None
    ]
    if len(limits) < 2:
        return ""
    first, second = (_percents(one, digits=1) for one in limits)
    return f" Profile likelihood limits were {first} for sensitivity and {second} for specificity."


def _varied(analysis: Analysis) -> str:
    sens, spec = analysis.homogeneity
    if sens.df < 1 or spec.df < 1:
        return ""
    told = (
        f"I\u00b2 was {sens.i2:.0f}\u00a0% for sensitivity ({probability(sens.p)}) and "
        f"{spec.i2:.0f}\u00a0% for specificity ({probability(spec.p)})"
    )
    if analysis.detail is None or analysis.zhou is None:
        return told + "."
    first, second = map(_percents, analysis.detail.prediction)
    joint = f"the joint I\u00b2 of Zhou and Dendukuri was {analysis.zhou.joint:.0f}\u00a0%"
    return (
        f"{told}; {joint}. In a further study a sensitivity of {first} and a specificity of "
        f"{second} are to be expected ({level(analysis.summary.confidence)} prediction intervals)."
    )


def _percents(value: Interval, digits: int = 0) -> str:
    return f"{100 * value.lower:.{digits}f} to {100 * value.upper:.{digits}f}\u00a0%"


def _after(analysis: Analysis) -> str:
    s = analysis.summary
    if not analysis.fagan or s.lr_positive is None or s.lr_negative is None:
        return ""
    step = analysis.fagan[0]
    what = quadrant(s.lr_positive.estimate, s.lr_negative.estimate)
    return (
        f"From {100 * step.prior:g}\u00a0% before the test the probability of the condition "
        "became "
        f"{percent(step.positive)} after a positive and {percent(step.negative)} after a negative "
        f"one; the likelihood ratios stand for {what}."
    )


def _asymmetric(analysis: Analysis) -> str:
    if (test := analysis.asymmetry) is None:
        return ""
    verdict = "suggested" if test.p < _ASYMMETRIC else "did not suggest"
    return f"Deeks' test {verdict} funnel-plot asymmetry ({probability(test.p)})."
