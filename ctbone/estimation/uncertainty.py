"""Honest uncertainty: what held-out patients say of a head's spread and of its probabilities.

Everything is counted by patient, as a result is. A patient's value is the mean over the levels of
one study, and its standard deviation the mean of theirs, as ``densitometry.decide`` takes them. A
person with several studies counts once, by the first that is given: patients are exchangeable, the
studies of one person are not.

Intervals are split-conformal (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World,
Springer 2005; Lei et al., J Am Stat Assoc 2018;113:1094), with the error scaled by the spread that
the head claims (Lei et al., section 5.2). Their coverage holds for patients like those that set
the factor, on average over them, whatever the head; it says nothing of another site. Probabilities
are scaled by one temperature (Guo et al., ICML 2017), which moves no patient from one category to
another. Papers are quoted from memory.

What sets either must neither have been trained on nor have chosen the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctbone.confidence import wilson, z_value
from ctbone.estimation.head_calibration import HeadCalibration
from ctbone.estimation.reading import Floats, columns_of, pooled_moments, pooled_shares
from ctbone.records import BinaryTarget, BoneCategory, Interval

#: Fewer patients than this set nothing. Nine would do for a limit of 90 %, and it would then be
#: the greatest error of all; a design choice.
LEAST_PATIENTS = 20

#: Share of patients that an interval has to cover: that of the limits in results.
CONFIDENCE = 0.9

#: Range of temperatures. The lower end keeps a head that errs in no held-out patient from becoming
#: certain of everything; a design choice.
_TEMPERATURES = (0.25, 20.0)

#: Least probability whose logarithm is taken.
_LEAST_SHARE = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOut:
    """What a head gives for patients that it has not learnt from, one row a vertebra.

    Attributes:
        outputs: Shape ``(M, N, K)``, as ``reading`` takes them.
        studies: The study of each row.
        persons: The person of each row, by pseudonym.
        values: Reference of each row, in the quantity of the task; ``None`` without one.
        categories: Reference category of each row, ``None`` where it is not known; ``None``
            without any.
    """

    outputs: Floats
    studies: tuple[str, ...]
    persons: tuple[str, ...]
    values: Floats | None = None
    categories: tuple[BoneCategory | None, ...] | None = None

    def __post_init__(self) -> None:
        if self.outputs.ndim != 3 or not np.isfinite(self.outputs).all():
            found = self.outputs.shape
            raise ValueError(f"outputs must be finite, of shape (M, N, K), got {found}")
        given: dict[str, Any] = {"studies": self.studies, "persons": self.persons}
        given |= {"values": self.values} if self.values is not None else {}
        given |= {"categories": self.categories} if self.categories is not None else {}
        for name, rows in given.items():
            if len(rows) != self.outputs.shape[1]:
                wanted = self.outputs.shape[1]
                raise ValueError(f"{name} must be one a row, {wanted}, got {len(rows)}")
        if self.values is not None and not np.isfinite(self.values).all():
            raise ValueError("values must be finite, got others")


def fit_calibration(
    held_out: HeldOut, *, task: str, positive: BinaryTarget = "osteoporosis"
) -> HeadCalibration:
    """Fit what a head of a task needs: a factor for its spread, a temperature for its logits.

    What too few patients have a reference for is left as the network claims it, and said.

    Args:
        held_out: What it gives for held-out patients.
        task: What it was trained for.
        positive: What a two-way head looks for.

    Raises:
        ValueError: If the task has a quantity, and there are no reference values.
    """
    columns = columns_of(task)
    patients = len(_patients(held_out))
    if patients < LEAST_PATIENTS:
        note = (
            f"{patients} held-out patients are too few to set its uncertainty by, which takes "
            f"{LEAST_PATIENTS}: intervals and probabilities are as the network claims them"
        )
        return HeadCalibration(note=note)
    fitted = HeadCalibration()
    if columns.quantity is not None:
        factor = conformal_factor(patient_scores(held_out))
        fitted = replace(fitted, sd_factor=factor, sd_patients=patients)
    if columns.logits is None:
        return fitted
    return _with_temperature(fitted, held_out, task=task, positive=positive)


def patient_scores(held_out: HeldOut) -> Floats:
    """Return the error of each patient, in standard deviations that the head claims.

    Raises:
        ValueError: If there are no reference values.
    """
    if held_out.values is None:
        raise ValueError("intervals are set by reference values, got none")
    means, sds = pooled_moments(held_out.outputs)
    errors = [
        abs(held_out.values[rows].mean() - means[rows].mean()) / sds[rows].mean()
        for rows in _patients(held_out)
    ]
    return np.asarray(errors, dtype=np.float64)


def conformal_factor(scores: Sequence[float] | Floats, *, confidence: float = CONFIDENCE) -> float:
    """Return what to multiply standard deviations by, so that normal limits become conformal.

    The limit is the score of rank ``ceil((n + 1) * confidence)``, which covers the next patient
    with at least that probability; dividing by the normal quantile makes of it a factor.

    Raises:
        ValueError: If there are too few patients for the rank.

    Example:
        >>> round(conformal_factor([n / 10 for n in range(1, 20)]) * 1.6449, 2)
        1.8
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    # The product of decimals can exceed a whole number by a rounding.
    rank = ceil(round((len(ordered) + 1) * confidence, 9))
    if rank > len(ordered):
        raise ValueError(f"{len(ordered)} patients are too few for limits of {confidence:g}")
    # No error at all would claim no spread at all.
    return max(float(ordered[rank - 1]) / z_value(confidence), float(np.finfo(float).tiny))


def check_coverage(held_out: HeldOut, calibration: HeadCalibration) -> Interval | None:
    """Return the share of patients that the 90 % limits cover, with its Wilson interval.

    Args:
        held_out: Patients other than those that set the calibration.
        calibration: What the limits are widened by.

    Returns:
        ``None`` where there are no patients.

    Raises:
        ValueError: If there are no reference values.
    """
    scores = patient_scores(held_out)
    covered = scores <= z_value(CONFIDENCE) * calibration.sd_factor
    return wilson(int(covered.sum()), len(scores))


def fit_temperature(
    held_out: HeldOut, *, task: str, positive: BinaryTarget = "osteoporosis"
) -> float:
    """Return the temperature that makes the references most probable, between 0.25 and 20.

    Raises:
        ValueError: If there are no reference categories, or no patients.
    """
    from scipy.optimize import minimize_scalar

    known, categories = _classified(held_out)
    patients = _patients(known)
    if not patients:
        raise ValueError("a temperature is set by reference categories, got none")
    truths = _classes(categories, task, positive)

    def loss(log_temperature: float) -> float:
        shares = pooled_shares(known.outputs, task=task, temperature=exp(log_temperature))
        of_truth = [shares[rows, truths[rows]].mean() for rows in patients]
        return float(-np.log(np.maximum(of_truth, _LEAST_SHARE)).mean())

    low, high = _TEMPERATURES
    bounds = (log(low), log(high))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-5})
    return exp(float(found.x))


def _with_temperature(
    fitted: HeadCalibration, held_out: HeldOut, *, task: str, positive: BinaryTarget
) -> HeadCalibration:
    """Add the temperature that the patients with a reference category set, if they are enough."""
    patients = len(_patients(_classified(held_out)[0]))
    if patients < LEAST_PATIENTS:
        note = (
            f"{patients} held-out patients with a category are too few to set its temperature by, "
            f"which takes {LEAST_PATIENTS}: probabilities are as the network claims them"
        )
        return replace(fitted, note=note)
    temperature = fit_temperature(held_out, task=task, positive=positive)
    return replace(fitted, temperature=temperature, temperature_patients=patients)


def _classified(held_out: HeldOut) -> tuple[HeldOut, list[BoneCategory]]:
    """Return the rows whose reference category is known, and those categories."""
    given = enumerate(held_out.categories or ())
    known = {row: category for row, category in given if category is not None}
    rows = HeldOut(
        outputs=held_out.outputs[:, list(known)],
        studies=tuple(held_out.studies[row] for row in known),
        persons=tuple(held_out.persons[row] for row in known),
    )
    return rows, list(known.values())


def _patients(held_out: HeldOut) -> list[NDArray[np.intp]]:
    """Return the rows of each person's first study."""
    first: dict[str, str] = {}
    rows: dict[str, list[int]] = {}
    for row, (person, study) in enumerate(zip(held_out.persons, held_out.studies, strict=True)):
        if first.setdefault(person, study) == study:
            rows.setdefault(person, []).append(row)
    return [np.asarray(found, dtype=np.intp) for found in rows.values()]


def _classes(
    categories: Sequence[BoneCategory], task: str, positive: BinaryTarget
) -> NDArray[np.intp]:
    """Return the column of each reference among the probabilities of a task."""
    if task != "binary":
        order = list(BoneCategory)
        return np.asarray([order.index(one) for one in categories], dtype=np.intp)
    sought = {BoneCategory.OSTEOPOROSIS}
    sought |= {BoneCategory.OSTEOPENIA} if positive == "low_bone_mass" else set()
    return np.asarray([one in sought for one in categories], dtype=np.intp)
