"""How often the intervals of pooled sensitivity and specificity hold the truth.

    python -m benchmarks.coverage [--reviews 500] [--seed 1] [--processes 2]

Simulates meta-analyses from the exact model and prints, as markdown, the share whose 95 %
intervals cover: Wald's interval on the logit scale, which every program prints; the same with the
quantile of Student's t with k - 2 degrees of freedom; the profile likelihood interval; and Wald's
interval of the approximate model by restricted likelihood (mada's default).

The pooled accuracy is that of a review of opportunistic CT screening for osteoporosis. The other
numbers are choices: the spread between studies and its correlation are the medians of the 23
published meta-analyses under tests/reference, as the exact model has them; studies have 45 to
1,200 patients, evenly on the log scale, and a prevalence about 20 %, its standard deviation 6 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t as student

from ctbone.confidence import z_value
from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.normal import fit_normal
from ctbone.pooling.model.profile import profile_intervals

MEAN = logit([0.88, 0.94])
SD, CORRELATION = (0.93, 0.97), -0.58
FEWEST, MOST = 45, 1200
PREVALENCE = (9.0, 36.0)
SIZES = (10, 20, 40)

METHODS = ("exact, Wald", "exact, Student's t", "exact, profile", "normal REML, Wald")
MARGINS = ("sensitivity", "specificity")

#: What is asked of an interval called one of 95 %.
ASKED = (0.92, 0.97)


def simulated(k: int, seed: tuple[int, ...]) -> Counts:
    """Draw the counts of one review of k studies."""
    rng = np.random.default_rng(seed)
    covariance = np.outer(SD, SD) * [[1.0, CORRELATION], [CORRELATION, 1.0]]
    truth = expit(rng.multivariate_normal(MEAN, covariance, k))
    patients = np.exp(rng.uniform(np.log(FEWEST), np.log(MOST + 1), k)).astype(int)
    # A study of nobody diseased is not published.
    diseased = np.clip(rng.binomial(patients, rng.beta(*PREVALENCE, k)), 1, patients - 1)
    totals = np.stack([diseased, patients - diseased], 1)
    return Counts(rng.binomial(totals, truth).astype(float), totals.astype(float))


def covers(k: int, seed: tuple[int, ...]) -> np.ndarray:
    """Return whether each method covers each margin, shape ``(4, 2)``; NaN where it gives none."""
    counts = simulated(k, seed)
    found = np.full((len(METHODS), 2), np.nan)
    exact, normal = fit_bivariate(counts), fit_normal(counts)
    if exact.has_converged:
        away, errors = np.abs(exact.mean - MEAN), np.sqrt(np.diag(exact.covariance)[:2])
        found[0] = away <= z_value(0.95) * errors
        found[1] = away <= student.ppf(0.975, k - 2) * errors
        profiles = profile_intervals(counts, exact, quantities=MARGINS)
        for margin, name in enumerate(MARGINS):
            lower, upper = profiles[name].lower or 0.0, profiles[name].upper or 1.0
            found[2, margin] = lower <= expit(MEAN[margin]) <= upper
    if normal.has_converged:
        errors = np.sqrt(np.diag(normal.covariance)[:2])
        found[3] = np.abs(normal.mean - MEAN) <= z_value(0.95) * errors
    return found


def coverage(k: int, *, reviews: int, seed: int, processes: int = 1) -> np.ndarray:
    """Return whether each review is covered, shape ``(reviews, 4, 2)``."""
    seeds = [(seed, k, review) for review in range(reviews)]
    work = partial(covers, k)
    if processes == 1:
        return np.asarray([work(one) for one in seeds])
    with ProcessPoolExecutor(processes) as pool:
        return np.asarray(list(pool.map(work, seeds, chunksize=10)))


def rows(found: dict[int, np.ndarray]) -> Iterator[str]:
    """Yield the lines of the table."""
    shares = {k: np.nanmean(each, axis=0) for k, each in found.items()}
    yield "| interval | margin | " + " | ".join(f"k = {k}" for k in shares) + " |"
    yield "| --- | --- |" + " ---: |" * len(shares)
    for i, method in enumerate(METHODS):
        for j, margin in enumerate(MARGINS):
            cells = (f"{100 * share[i, j]:.1f} %" for share in shares.values())
            yield f"| {method} | {margin} | {' | '.join(cells)} |"


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reviews", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = vars(parser.parse_args())
    found = {k: coverage(k, **options) for k in SIZES}
    print("\n".join(rows(found)))
    shares = np.asarray([np.nanmean(each, axis=0) for each in found.values()])
    within = ((shares >= ASKED[0]) & (shares <= ASKED[1])).all((0, 2))
    held = "; ".join(name for name, is_held in zip(METHODS, within, strict=True) if is_held)
    print(f"\nBetween {ASKED[0]:.0%} and {ASKED[1]:.0%} everywhere: {held or 'none'}.")
    lost = ", ".join(
        f"{int(np.isnan(each[:, 0, 0]).sum())} of k = {k}" for k, each in found.items()
    )
    error = 100 * np.sqrt(0.95 * 0.05 / options["reviews"])
    print(f"{options['reviews']} reviews a column; one standard error of 95 % is {error:.1f} %.")
    print(f"Reviews without a finite maximum, left out: {lost}.")


if __name__ == "__main__":
    main()
