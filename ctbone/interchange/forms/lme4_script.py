"""The script in R that fits the bivariate model of the long form and prints what it means."""

from __future__ import annotations

_SCRIPT = """\
# Once: install.packages("lme4")
library(lme4)
tables <- read.csv("{data}", check.names = FALSE, na.strings = "", fileEncoding = "UTF-8",
                   colClasses = c(study = "character"))
# A study without diseased patients is silent on sensitivity, one without healthy on specificity;
# lme4 counts such a study as one observation too few unless it is told not to.
tables <- tables[tables$n > 0, ]

# The bivariate model of the Cochrane Handbook of Diagnostic Test Accuracy: binomial counts, one
# pair of correlated effects a {group}, Laplace's approximation (nAGQ = 1).
fit <- glmer(cbind(true, n - true) ~ 0 + sens + spec + (0 + sens + spec | {group}),
             data = tables, family = binomial, nAGQ = 1,
             control = glmerControl(optimizer = "bobyqa", check.nobs.vs.nRE = "ignore"))
print(summary(fit))

# From logits to proportions and ratios; variances by the delta method, 95 % intervals by Wald.
mean <- fixef(fit)[c("sens", "spec")]
covariance <- as.matrix(vcov(fit))[c("sens", "spec"), c("sens", "spec")]
sens <- plogis(mean[["sens"]])
spec <- plogis(mean[["spec"]])
pooled <- function(name, estimate, slope, back) {{
  error <- sqrt(drop(t(slope) %*% covariance %*% slope))
  limits <- back(estimate + c(0, -1, 1) * qnorm(0.975) * error)
  data.frame(quantity = name, estimate = limits[1], lower = limits[2], upper = limits[3])
}}
print(rbind(
  pooled("sensitivity", mean[["sens"]], c(1, 0), plogis),
  pooled("specificity", mean[["spec"]], c(0, 1), plogis),
  pooled("lr_positive", log(sens / (1 - spec)), c(1 - sens, spec), exp),
  pooled("lr_negative", log((1 - sens) / spec), c(-sens, spec - 1), exp),
  pooled("dor", sum(mean), c(1, 1), exp)
), digits = 7, row.names = FALSE)
between <- VarCorr(fit)[["{group}"]]
print(data.frame(
  var_logit_sensitivity = between["sens", "sens"],
  var_logit_specificity = between["spec", "spec"],
  correlation = attr(between, "correlation")["sens", "spec"],
  log_likelihood = as.numeric(logLik(fit))
), digits = 7, row.names = FALSE)
"""


def script(data: str, *, group: str) -> list[str]:
    """Return the lines of the script.

    Args:
        data: Name of the file in long form, which lies beside the script.
        group: Column whose values share a pair of effects.
    """
    return _SCRIPT.format(data=data, group=group).splitlines()
