"""What ctbone finds beside what other programs found, on every pinned set.

``python -m tests.reference.compare`` prints the largest difference a quantity as a table. The
tests hold the same differences to ``TOLERANCES``.

A difference is relative, ``|found - expected| / |expected|``, but for correlations, probabilities
and coordinates of regions, where it is absolute; of two numbers below 1e-9 it is none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ctbone.pooling.asymmetry import deeks
from ctbone.pooling.heterogeneity import zhou_dendukuri
from ctbone.pooling.homogeneity import homogeneity, midas_joint
from ctbone.pooling.influence import leave_one_out
from ctbone.pooling.model.bivariate import BivariateFit, fit_bivariate
from ctbone.pooling.model.components import hsroc_components, variance_components
from ctbone.pooling.model.intervals import from_logit, likelihood_ratios
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.normal import fit_normal
from ctbone.pooling.model.sroc import area, confidence_region, partial_area, prediction_region
from tests.reference.tolerances import TOLERANCES, excuse

PINS = Path(__file__).with_name("sets.json")


def load() -> dict[str, Any]:
    """Return all pins."""
    return json.loads(PINS.read_text(encoding="utf-8"))


def to_counts(rows: list[list[int]]) -> Counts:
    """Turn rows of tp, fp, fn, tn into counts, without studies that hold nobody."""
    tp, fp, fn, tn = np.asarray([row for row in rows if sum(row)], float).T
    return Counts(np.stack([tp, tn], 1), np.stack([tp + fn, fp + tn], 1))


def differences(entry: dict[str, Any]) -> dict[str, float]:
    """Return the largest difference of each quantity on one set, without leave-one-out."""
    counts = to_counts(entry["tables"])
    exact, r = entry["python_exact"], entry["r"]
    fit = fit_bivariate(counts)
    pairs = [
        *_estimates(fit, exact["aghq"]),
        *_components(fit, exact["aghq"]),
        *_curve(fit, counts, exact),
        *_heterogeneity(fit, counts, entry),
        *_laplace(counts, r["glmer_laplace"]),
        *_normal(counts, r),
    ]
    found: dict[str, float] = {}
    for quantity, distance in pairs:
        # What the other program does not give is not compared.
        if not np.isnan(distance):
            found[quantity] = max(found.get(quantity, 0.0), float(distance))
    return found


def leave_one_out_differences(entry: dict[str, Any]) -> dict[str, float]:
    """Return the largest difference of the fits without one study."""
    counts, known = to_counts(entry["tables"]), entry["python_exact"]["leave_one_out"]
    fit, worst = fit_bivariate(counts), 0.0
    for one, expected in zip(leave_one_out(counts, fit), known, strict=True):
        logits = np.log(np.asarray([one.sensitivity, one.specificity]))
        logits -= np.log1p(-np.exp(logits))
        names = ("mu_logit_sens", "mu_logit_spec", "loglik")
        for value, name in zip((*logits, one.log_likelihood), names, strict=True):
            worst = max(worst, _relative(value, expected[name]))
    return {"exact: leave-one-out": worst}


def _relative(found: float, expected: float | None) -> float:
    if expected is None:
        return np.nan
    if abs(found) < 1e-9 and abs(expected) < 1e-9:
        return 0.0
    return abs(found - expected) / max(abs(expected), 1e-9)


Pairs = Iterator[tuple[str, float]]


def _estimates(fit: BivariateFit, known: dict[str, Any]) -> Pairs:
    errors = np.sqrt(np.diag(fit.covariance))
    for i, margin in enumerate(("sens", "spec")):
        yield "exact: mean logits", _relative(fit.mean[i], known[f"mu_logit_{margin}"])
        yield "exact: their standard errors", _relative(errors[i], known[f"se_mu_{margin}"])
        tau2 = known[f"tau2_{margin}"]
        yield "exact: variances between studies", _relative(fit.between[i, i], tau2)
    shift = abs(fit.covariance[0, 1] - known["cov_mu"])
    yield "exact: covariance of the means", shift / float(errors[0] * errors[1])
    if known["rho"] is not None and fit.correlation is not None:
        yield "exact: correlation", abs(fit.correlation - known["rho"])
    yield "exact: log-likelihood", _relative(fit.log_likelihood, known["loglik"])
    values = [from_logit(float(fit.mean[i]), float(errors[i]), 0.95) for i in (0, 1)]
    values += likelihood_ratios(fit.mean, fit.covariance[:2, :2], 0.95)
    for value, name in zip(values, ("sens", "spec", "plr", "nlr", "dor"), strict=True):
        quantity = "exact: sensitivity, specificity, LR+, LR-, DOR"
        yield quantity, _relative(value.estimate, known[name]["est"])
        yield "exact: their limits", _relative(value.lower, known[name]["lo"])
        yield "exact: their limits", _relative(value.upper, known[name]["hi"])


def _components(fit: BivariateFit, known: dict[str, Any]) -> Pairs:
    found, limits = variance_components(fit, 0.95), "exact: limits of variances and correlation"
    errors = "exact: standard errors of variances and correlation"
    for part, se, ends in (
        (found.var_logit_sensitivity, "se_tau2_sens", "tau2_sens_ci_log"),
        (found.var_logit_specificity, "se_tau2_spec", "tau2_spec_ci_log"),
        (found.correlation, "se_rho", "rho_ci_atanh"),
    ):
        if part.se is None or not known[se] or not known[ends]:
            continue
        yield errors, _relative(part.se, known[se])
        yield limits, _relative(part.lower, known[ends][0])
        yield limits, _relative(part.upper, known[ends][1])


def _curve(fit: BivariateFit, counts: Counts, known: dict[str, Any]) -> Pairs:
    if known.get("hsroc"):
        yield from _hierarchical(fit, known["hsroc"])
    if known.get("sroc"):
        yield from _areas(fit, counts, known["sroc"])
    for name, region in (("confidence", confidence_region), ("prediction", prediction_region)):
        if (expected := known.get(f"{name}_region")) and fit.k > 2:
            points = region(fit, 0.95, points=4001)
            for column, margin in enumerate(("sens", "spec")):
                for end, value in (("min", points.min(0)), ("max", points.max(0))):
                    shift = abs(value[column] - expected[f"{margin}_{end}"])
                    yield f"exact: {name} region", float(shift)


def _hierarchical(fit: BivariateFit, known: dict[str, Any]) -> Pairs:
    found, scale = hsroc_components(fit, 0.95), float(np.trace(fit.between))
    names = {
        "accuracy": "Lambda",
        "threshold": "Theta",
        "shape": "beta",
        "var_accuracy": "sigma2_alpha",
        "var_threshold": "sigma2_theta",
    }
    for ours, theirs in names.items():
        part = getattr(found, ours)
        if ours.startswith("var") and known[theirs] < 1e-6 * scale:
            yield "exact: HSROC parameters", abs(part.estimate - known[theirs]) / scale
            continue
        yield "exact: HSROC parameters", _relative(part.estimate, known[theirs])
        if part.se is not None and known.get("se", {}).get(theirs):
            yield "exact: their standard errors (HSROC)", _relative(part.se, known["se"][theirs])


def _areas(fit: BivariateFit, counts: Counts, known: dict[str, Any]) -> Pairs:
    whole, part = area(fit, 0.95), partial_area(fit, counts, 0.95)
    yield "exact: AUC", _relative(whole.estimate, known["AUC_exact_integral"])
    yield "exact: limits of AUC", _relative(whole.lower, known["delta_logit_lo"])
    yield "exact: limits of AUC", _relative(whole.upper, known["delta_logit_hi"])
    if part and known.get("pAUC_normalized"):
        expected = known["pAUC_normalized"]
        yield "exact: partial AUC", _relative(part.mean_sensitivity.estimate, expected)


def _heterogeneity(fit: BivariateFit, counts: Counts, entry: dict[str, Any]) -> Pairs:
    known = entry["python_exact"]["heterogeneity"]
    for margin, name in enumerate(("sens", "spec")):
        if expected := known.get(f"pearson_Q_{name}"):
            found = homogeneity(counts, margin).q
            yield "heterogeneity: Pearson's Q", _relative(found, expected["Q"])
    if expected := known.get("LRT_joint_aghq21"):
        found = midas_joint(counts, fit).q
        yield "heterogeneity: joint likelihood-ratio Q", _relative(found, expected["Q"])
    if expected := known.get("zhou_dendukuri"):
        shares = zhou_dendukuri(counts, fit)
        for ours, theirs in (("sensitivity", "sens"), ("specificity", "spec"), ("joint", "biv")):
            shift = abs(getattr(shares, ours) - expected[f"I2_{theirs}"]) / 100.0
            yield "heterogeneity: I2 of Zhou and Dendukuri", shift
    test, expected = deeks(counts), (entry["r"].get("deeks") or {}).get("single_cc_ess_raw")
    if test and expected:
        for name in ("slope", "se", "intercept", "t", "p"):
            yield "asymmetry: Deeks' test", _relative(getattr(test, name), expected[name])


def _laplace(counts: Counts, known: dict[str, Any] | None) -> Pairs:
    if not known:
        return
    fit = fit_bivariate(counts, nodes=1)
    for i, margin in enumerate(("sens", "spec")):
        yield "laplace: glmer's estimates", _relative(fit.mean[i], known[f"mu_logit_{margin}"])
        expected = known[f"tau2_{margin}"]
        # A variance that glmer leaves at 1e-10 is none.
        yield (
            "laplace: glmer's estimates",
            0.0 if fit.between[i, i] == 0.0 and expected < 1e-6 else
            _relative(fit.between[i, i], expected),
        )  # fmt: skip
        se = float(np.sqrt(fit.covariance[i, i]))
        yield "laplace: glmer's standard errors", _relative(se, known[f"se_mu_{margin}"])
    yield "laplace: glmer's log-likelihood", _relative(fit.log_likelihood, known["loglik"])


def _normal(counts: Counts, r: dict[str, Any]) -> Pairs:
    """Compare with that of mada and metafor which came nearer: their searches stop early."""
    for method in ("reml", "ml"):
        for correction in ("single", "all"):
            references = [r.get(f"mada_{method}_{correction}")]
            if correction == "all" or not counts.has_empty_cell.any():
                references.append(r.get(f"metafor_rmamv_{method}_all"))
            present = [reference for reference in references if reference]
            if not present or len(counts) < 2:
                continue
            fit = fit_normal(counts, model=f"normal_{method}", correction=correction)
            found = [dict(_normal_parts(fit, reference)) for reference in present]
            for quantity in found[0]:
                yield quantity, min(parts[quantity] for parts in found)
            if correction == "all" and len(present) == 2:
                expected = present[1]["loglik"]
                shift = _relative(fit.log_likelihood, expected)
                yield "normal: metafor's log-likelihood", shift


def _normal_parts(fit: BivariateFit, known: dict[str, Any]) -> Pairs:
    margins = list(enumerate(("sens", "spec")))
    rho = known.get("rho_sens_spec", known.get("rho"))
    means = [_relative(fit.mean[i], known[f"mu_logit_{m}"]) for i, m in margins]
    errors = [_relative(fit.covariance[i, i] ** 0.5, known[f"se_mu_{m}"]) for i, m in margins]
    taus = [(fit.between[i, i], known[f"tau2_{m}"]) for i, m in margins]
    yield "normal: mean logits", max(means)
    yield "normal: their standard errors", max(errors)
    yield (
        "normal: variances between studies",
        max(0.0 if found == 0.0 and tau < 1e-6 else _relative(found, tau) for found, tau in taus),
    )
    if fit.correlation is not None and rho is not None:
        yield "normal: correlation", abs(fit.correlation - rho)
    else:
        yield "normal: correlation", 0.0


def main() -> None:
    """Print the largest difference a quantity over the sets, and where it is."""
    worst: dict[str, tuple[float, str, int]] = dict.fromkeys(TOLERANCES, (0.0, "", 0))
    excused: dict[tuple[str, str], list[str]] = {}
    for name, entry in load().items():
        found = differences(entry)
        if entry["python_exact"]["leave_one_out"]:
            found |= leave_one_out_differences(entry)
        for quantity, distance in found.items():
            if distance > TOLERANCES[quantity] and (why := excuse(name, quantity)):
                excused.setdefault((name, why), []).append(f"{quantity} {distance:.1e}")
                continue
            largest, where, sets = worst[quantity]
            if distance > largest or not where:
                largest, where = distance, name
            worst[quantity] = largest, where, sets + 1
    out = [
        "| quantity | sets | largest difference | on | held to |",
        "| --- | --- | --- | --- | --- |",
    ]
    for quantity, (largest, where, sets) in worst.items():
        out.append(
            f"| {quantity} | {sets} | {largest:.1e} | {where} | {TOLERANCES[quantity]:.0e} |"
        )
    out.append("")
    out += [f"- {name}: {why} ({'; '.join(qs)})" for (name, why), qs in excused.items()]
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
