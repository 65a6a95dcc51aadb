"""What MIDAS v2.00 for Stata prints (Dwamena et al., 2007), as values; and what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ctbone.pooling.asymmetry import Asymmetry
from ctbone.pooling.homogeneity import Homogeneity
from ctbone.pooling.midas.regression import MidasRegression
from ctbone.records import Interval

#: What is not what its name says, by that name.
FAULTS = MappingProxyType(
    {
        "nodes": "the number of quadrature points that the user sets is not passed on: 7 are "
        "used, or one (Laplace) for three tables or fewer",
        "auc": "the limits are Wilson's for a sample of the 500 points of the grid, not for "
        "the tables: they are far too narrow and do not depend on how much data there is",
        "q_sensitivity": "taken around the intercept of a model in which sensitivity and "
        "specificity share one random effect, not around the pooled proportion",
        "q_specificity": "taken around the intercept of a model in which sensitivity and "
        "specificity share one random effect, not around the pooled proportion",
        "q_joint": "compares the bivariate model with one in which both margins share one "
        "random effect, which fits nearly no data: I2 is 95 to 100 % nearly always",
        "prediction_region": "the covariance between studies is computed from the logarithms "
        "of the standard deviations: the region is tilted wrongly",
        "deeks": "half a patient is added to all cells of tables with an empty cell before "
        "the sample sizes are taken as well",
        "icc": "the limits are symmetric around the estimate and can leave 0 to 1; here they "
        "are cut",
        "regression.chi2": "where a covariate is not stated by every table, the model with it "
        "and the model without it are fitted to different tables, and their difference is no "
        "test",
        "regression.z": "parentheses are missing: the logit of group 1 less the quotient of "
        "the logit of group 0 and a standard error, no test of a difference",
        "regression.group": "limits are symmetric on the scale of proportions and cut at 1",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MidasModel:
    """Its bivariate model.

    Attributes:
        nodes: Quadrature points a dimension.
        var_logit_sensitivity: Variance of the logits between studies.
        var_logit_specificity: The same of specificity.
        correlation: Of the two; ``None`` where a variance is zero.
        log_likelihood: With the binomial coefficients.
        deviance: Less twice that.
        aic: Akaike's criterion.
        bic: Schwarz's criterion, on twice as many observations as tables.
        bic_difference: Gain of it over the model without variation between studies.
    """

    nodes: int
    var_logit_sensitivity: float
    var_logit_specificity: float
    correlation: float | None
    log_likelihood: float
    deviance: float
    aic: float
    bic: float
    bic_difference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MidasAccuracy:
    """Its pooled values.

    Attributes:
        sensitivity: Pooled sensitivity.
        specificity: Pooled specificity.
        lr_positive: Positive likelihood ratio.
        lr_negative: Negative likelihood ratio.
        dor: Diagnostic odds ratio.
        auc: Area under the curve by 500 trapezoids.
    """

    sensitivity: Interval
    specificity: Interval
    lr_positive: Interval
    lr_negative: Interval
    dor: Interval
    auc: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class MidasHeterogeneity:
    """Its tests of heterogeneity.

    Attributes:
        q_sensitivity: Test of homogeneity of sensitivity.
        q_specificity: The same of specificity.
        q_joint: Joint test.
        icc_sensitivity: Intraclass correlation; ``None`` where the variance is zero.
        icc_specificity: The same of specificity.
        median_sensitivity: Median odds ratio as a probability; likewise.
        median_specificity: The same of specificity.
        threshold_share: Squared correlation; ``None`` where a variance is zero.
    """

    q_sensitivity: Homogeneity
    q_specificity: Homogeneity
    q_joint: Homogeneity
    icc_sensitivity: Interval | None
    icc_specificity: Interval | None
    median_sensitivity: Interval | None
    median_specificity: Interval | None
    threshold_share: float | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Midas:
    """The output of MIDAS v2.00.

    Attributes:
        model: Its bivariate model.
        accuracy: Its pooled values.
        heterogeneity: Its tests of heterogeneity.
        deeks: Its test of asymmetry; ``None`` where there is nothing to test.
        prediction_region: Sensitivity and specificity around it, pairs; empty for two tables.
        regression: Its meta-regression, by covariate.
        faults: What is wrong in which number, by its name.
    """

    model: MidasModel
    accuracy: MidasAccuracy
    heterogeneity: MidasHeterogeneity
    deeks: Asymmetry | None
    prediction_region: tuple[tuple[float, float], ...]
    regression: Mapping[str, MidasRegression]
    faults: Mapping[str, str]
