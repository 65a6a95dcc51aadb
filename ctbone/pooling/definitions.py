"""What the names in pooling.json alone do not say."""

from __future__ import annotations

from types import MappingProxyType

DEFINITIONS = MappingProxyType(
    {
        "model": "exact: binomial counts, quadrature; laplace: the same by Laplace's method; "
        "normal_ml, normal_reml: normal empirical logits",
        "cov_logits": "covariance of the two pooled logits",
        "var_logit_sensitivity": "variance of the logits between studies",
        "var_logit_specificity": "variance of the logits between studies",
        "correlation": "of the logits of sensitivity and specificity between studies",
        "profile": "limits where the likelihood, maximised over all else, has fallen by half the "
        "quantile of chi-square",
        "student": "the pooled values with limits by Student's quantile with k - 2 df in place of "
        "the normal one",
        "variances": "between studies, with standard errors and limits",
        "hsroc": "parameters of the hierarchical model of Rutter and Gatsonis; null where one "
        "variance alone is zero",
        "prediction": "limits of the true sensitivity and specificity of a further study, "
        "Student's quantile with k - 2 df (Higgins et al., J R Stat Soc A 2009;172:137)",
        "quadrant": "what the pooled likelihood ratios stand for: LR+ above 10 confirms, LR- "
        "below 0.1 excludes (Stengel et al., J Med Screen 2003;10:47)",
        "p_adjusted": "p of subgroups and slopes, adjusted for the number of covariates (Holm, "
        "Scand J Stat 1979;6:65)",
        "residuals": "predicted effect of a study over its standard deviation, and the distance "
        "of both",
        "studies.weight_sensitivity": "percent, share of the study in the variance of the mean",
        "studies.weight_specificity": "likewise",
        "heterogeneity.sensitivity": "Pearson's chi-square around the pooled proportion; i2 in "
        "percent, its limits test-based (Higgins and Thompson, Stat Med 2002;21:1539)",
        "heterogeneity.specificity": "likewise",
        "heterogeneity.variation": "likelihood-ratio test against no variation between studies; "
        "p is too large, since variances lie at the edge of their space",
        "heterogeneity.midas_joint": "likelihood-ratio test against one random intercept shared "
        "by both margins; its I2 is near 100 % for nearly all real data, whatever they are",
        "heterogeneity.zhou_dendukuri": "percent; variance between studies against that within "
        "(Zhou and Dendukuri, Stat Med 2014;33:2701); joint by determinants",
        "heterogeneity.spread": "icc: variance over itself plus pi^2/3; median_odds_ratio: "
        "exp(sqrt(2 variance) 0.6745); median: the same as a probability; null where the variance "
        "is zero",
        "heterogeneity.threshold": "share: squared correlation; spearman: of the observed logits "
        "of sensitivity and of 1 - specificity",
        "deeks": "log diagnostic odds ratio on 1/sqrt(effective sample size), weighted by that; "
        "half a patient a cell only where one is empty, sample sizes unchanged; k - 2 df",
        "subgroups": "one covariate at a time, means for each group; chi2 against the model "
        "without, on the same tables; p_sensitivity, p_specificity: Wald test of that margin",
        "slopes": "one covariate at a time, centred; change of the logit for one unit",
        "dependence.one_each": "one table a study, by dependence.rule",
        "dependence.robust": "same estimates, cluster-robust errors times C/(C-1), Student's "
        "distribution with C - 1 df for C studies",
        "dependence.three_level": "random effects of studies and of tables within them; variances "
        "of the logits of sensitivity, of specificity, their covariance",
    }
)
