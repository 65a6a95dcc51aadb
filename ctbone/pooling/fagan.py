"""From the probability before the test to that after it (Fagan, N Engl J Med 1975;293:257)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from ctbone.records import Interval

#: Before the test: the review's own 20 %, a quarter, and an even chance.
PRIORS = (0.2, 0.25, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fagan:
    """Probability of disease after the test.

    Attributes:
        prior: Before the test.
        positive: After a positive one.
        negative: After a negative one.
    """

    prior: float
    positive: Interval
    negative: Interval


def update(prior: float, lr_positive: Interval, lr_negative: Interval) -> Fagan:
    """Carry likelihood ratios over to probabilities, limits to limits.

    Raises:
        ValueError: If the prior is not between 0 and 1.
    """
    if not 0.0 < prior < 1.0:
        raise ValueError(f"a prior probability must lie between 0 and 1, got {prior}")
    return Fagan(
        prior=prior, positive=_after(prior, lr_positive), negative=_after(prior, lr_negative)
    )


def _after(prior: float, ratio: Interval) -> Interval:
    ratios = np.asarray([ratio.estimate, ratio.lower, ratio.upper])
    estimate, lower, upper = expit(logit(prior) + np.log(ratios))
    return Interval(float(estimate), float(lower), float(upper))
