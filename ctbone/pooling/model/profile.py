"""Profile likelihood intervals of the pooled quantities, by the exact model.

A limit is where the likelihood, maximised over everything else, has fallen by half the quantile
of chi2(1): the interval needs no symmetry on any scale and stays valid where a variance or the
correlation lies at its boundary, where Wald's interval takes them as known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ctbone.confidence import z_value
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.boundary import EQUAL
from ctbone.pooling.model.contour import CONTOURS, Contour, Quantity
from ctbone.pooling.model.fitting import FINE_NODES, NODES, RUNAWAY, Fit, Point, ascend
from ctbone.pooling.model.likelihood import Array, Counts, marginal

#: Roots of the deviance closer than this to the quantile are on the limit: 1e-5 of a standard
#: error.
_TOLERANCE = 1e-5

#: Newton steps towards a limit; the longest of them, and the first, on the scale of the quantity.
_STEPS, _LONGEST_STEP, _FIRST = 40, 1.5, 4.0

#: So near a place where the search still arrives, one where it does not ends it.
_CLOSE = 0.01

#: Standard deviations at zero start from here: at zero itself the likelihood is flat by symmetry.
_NUDGE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInterval:
    """A pooled quantity between its profile limits.

    Attributes:
        estimate: The estimate.
        lower: Lower limit; ``None`` where the likelihood never falls far enough.
        upper: Upper limit; likewise.
        note: Why a limit is missing.
    """

    estimate: float
    lower: float | None
    upper: float | None
    note: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """One quantity of one fit: its contour, and the likelihood at the summit."""

    counts: Counts
    contour: Contour
    theta: Array
    summit: float
    nodes: int


def profile_intervals(
    counts: Counts,
    fit: BivariateFit,
    *,
    confidence: float = 0.95,
    quantities: Sequence[Quantity] = tuple(CONTOURS),
) -> dict[Quantity, ProfileInterval]:
    """Return profile likelihood intervals of the pooled quantities.

    Args:
        counts: What the studies saw; those that were fitted.
        fit: The exact fit of them.
        confidence: Of the limits.
        quantities: Which of the five.

    Raises:
        ValueError: If the fit is of another model, or did not converge.
    """
    if fit.model != "exact" or not fit.has_converged:
        state = "converged" if fit.has_converged else "not converged"
        raise ValueError(f"profiles need an exact fit that converged, got {fit.model}, {state}")
    summit, nodes = _summit(counts, fit)
    return {
        name: _interval(
            _Problem(counts, CONTOURS[name], fit.theta, summit, nodes), fit, name, confidence
        )
        for name in quantities
    }


def _summit(counts: Counts, fit: BivariateFit) -> tuple[float, int]:
    """Return the log-likelihood of the fit and the nodes that it took."""
    for nodes in (NODES, FINE_NODES):
        here = marginal(np.tile(fit.theta, (len(counts), 1)), counts, nodes=nodes)
        summit = float(here.value.sum())
        if abs(summit - fit.log_likelihood) < EQUAL:
            break
    return summit, nodes


def _interval(
    problem: _Problem, fit: BivariateFit, name: Quantity, confidence: float
) -> ProfileInterval:
    z, psi = z_value(confidence), problem.contour.value(fit.mean)
    low, high = (_limit(problem, fit, sign * z) for sign in (-1.0, 1.0))
    ends = [end for end, limit in (("lower", low), ("upper", high)) if limit is None]
    note = (
        f"The tables set no {' and no '.join(ends)} limit: out there the likelihood does not fall "
        "far enough, or has no finite maximum."
        if ends
        else None
    )
    convert = expit if name in {"sensitivity", "specificity"} else np.exp
    estimate, lower, upper = (None if v is None else float(convert(v)) for v in (psi, low, high))
    return ProfileInterval(estimate=estimate or 0.0, lower=lower, upper=upper, note=note)


def _limit(problem: _Problem, fit: BivariateFit, z: float) -> float | None:
    """Walk from Wald's limit, ``z`` standard errors away, to where the signed root is ``z``."""
    gradient = problem.contour.gradient(fit.mean)
    pull = fit.covariance[:2, :2] @ gradient
    error = float(np.sqrt(gradient @ pull))
    summit = problem.contour.value(fit.mean)
    # An error without measure, where a spread is, is no guide to how far to walk at first.
    reach = float(np.clip(z * error, -_FIRST, _FIRST))
    good, psi = summit, summit + reach
    theta = np.concatenate([fit.mean + reach * pull / error**2, fit.theta[2:]])
    for _ in range(_STEPS):
        best, slope = _constrained(problem, psi, theta)
        if not best.has_converged or abs(psi) > RUNAWAY:
            if abs(psi - good) < _CLOSE:
                break
            psi = 0.5 * (psi + good)
            continue
        root = np.sign(z) * float(np.sqrt(max(2.0 * (problem.summit - best.log_likelihood), 0.0)))
        if abs(root - z) < _TOLERANCE:
            return psi
        theta = np.concatenate([problem.contour.at(psi, best.phi[0]).mean, best.phi[1:]])
        good, psi = psi, psi + _step(root, slope, z, error)
    return None


def _step(root: float, slope: float, z: float, error: float) -> float:
    """Return Newton's step for the signed root; where it has no slope, one standard error."""
    rise = -slope / root if root * z > 0.0 else 0.0
    step = (
        (z - root) / rise if rise > 0.0 else float(np.sign(z - root)) * min(error, _LONGEST_STEP)
    )
    return float(np.clip(step, -_LONGEST_STEP, _LONGEST_STEP))


def _constrained(problem: _Problem, psi: float, theta: Array) -> tuple[Fit, float]:
    """Maximise along the contour of psi; return also how fast the maximum changes with psi."""
    contour, counts, slopes = problem.contour, problem.counts, [0.0]

    def surface(phi: Array, mode: Array | None) -> Point:
        place = contour.at(psi, float(phi[0]))
        whole = np.concatenate([place.mean, phi[1:]])
        here = marginal(np.tile(whole, (len(counts), 1)), counts, nodes=problem.nodes, mode=mode)
        score, hessian = here.score.sum(0), here.hessian.sum(0)
        columns = np.zeros((5, 4))
        columns[:2, 0], columns[2:, 1:] = place.slope, np.eye(3)
        bent = columns.T @ hessian @ columns
        bent[0, 0] += float(score[:2] @ place.bend)
        slopes[0] = float(score[:2] @ place.across)
        return Point(float(here.value.sum()), columns.T @ score, 0.5 * (bent + bent.T), here.mode)

    spread = np.where(np.abs(theta[2:]) < _NUDGE, _NUDGE, theta[2:])
    start = np.asarray([contour.position(theta[:2], psi), *spread])
    return ascend(surface, start), slopes[0]
