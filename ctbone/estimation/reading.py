"""What the outputs of a head mean: rows of numbers -> estimates, by the name of its task.

Outputs are float64 of shape ``(M, N, K)``: the members of an ensemble, or the one head; the rows;
the columns of the task. ``TASKS`` is the one table of them:

========= === =====================================================================
task       K  columns
========= === =====================================================================
bmd        2  mean, mg/cm3, and the logarithm of its variance, (mg/cm3)^2
t_score    2  mean, SD, and the logarithm of its variance, SD^2
category   3  logits of normal, osteopenia and osteoporosis
ordinal    2  logits of "at least osteopenia" and of "osteoporosis"
binary     1  logit of what the head looks for
multitask  5  those of bmd, then those of category
========= === =====================================================================

Members are pooled as an equal mixture of what they say (Lakshminarayanan et al., NeurIPS 2017):
the mean of their means, with the mean of their variances and the variance of their means; and the
mean of their probabilities, each member's logits divided by the temperature first.

A multitask head is read twice, and answers once: its density decides, so that category and number
come from one quantity, and its probabilities stand beside it in the estimate of the vertebra.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from ctbone.anatomy import VertebralLevel
from ctbone.estimation.head_calibration import HeadCalibration
from ctbone.records import BinaryAnswer, BinaryTarget, BmdEstimate, Flag

Floats = NDArray[np.float64]

#: Turns logits ``(..., K)`` into probabilities ``(..., classes)``.
Shares = Callable[[Floats], Floats]


def category_shares(logits: Floats) -> Floats:
    """Turn three logits into the probabilities of normal, osteopenia and osteoporosis."""
    return np.asarray(softmax(logits, axis=-1))


def ordinal_shares(logits: Floats) -> Floats:
    """Turn two cumulative logits into the probabilities of normal, osteopenia and osteoporosis.

    Osteoporosis is never more probable than at least osteopenia, whatever rounding says.
    """
    low = expit(logits[..., 0])
    lowest = np.minimum(expit(logits[..., 1]), low)
    return np.stack((1.0 - low, low - lowest, lowest), axis=-1)


def binary_shares(logits: Floats) -> Floats:
    """Turn one logit into the probabilities of no and of yes."""
    yes = expit(logits[..., 0])
    return np.stack((1.0 - yes, yes), axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the columns of a task hold.

    Attributes:
        count: How many there are.
        quantity: What the first two are mean and log-variance of; ``None`` of a classifier.
        logits: Which hold logits; ``None`` where none does.
        shares: How those become probabilities.
    """

    count: int
    quantity: Literal["bmd_mg_cm3", "t_score"] | None = None
    logits: slice | None = None
    shares: Shares = category_shares


#: Every task that a head can have. Nothing else in this room lists them.
TASKS: Mapping[str, Columns] = MappingProxyType(
    {
        "bmd": Columns(count=2, quantity="bmd_mg_cm3"),
        "t_score": Columns(count=2, quantity="t_score"),
        "category": Columns(count=3, logits=slice(0, 3)),
        "ordinal": Columns(count=2, logits=slice(0, 2), shares=ordinal_shares),
        "binary": Columns(count=1, logits=slice(0, 1), shares=binary_shares),
        "multitask": Columns(count=5, quantity="bmd_mg_cm3", logits=slice(2, 5)),
    }
)

#: Where an estimate keeps the spread of a quantity.
_SD = {"bmd_mg_cm3": "sd_mg_cm3", "t_score": "t_score_sd"}


def columns_of(task: str) -> Columns:
    """Return what the columns of a task hold.

    Raises:
        ValueError: If no head has such a task.
    """
    if task not in TASKS:
        raise ValueError(f"task must be one of {list(TASKS)}, got {task!r}")
    return TASKS[task]


def quantity_of(task: str) -> str:
    """Return what a patient is decided by where a head of a task estimates."""
    return columns_of(task).quantity or ("binary" if task == "binary" else "probabilities")


def is_calibrated(task: str, calibration: HeadCalibration) -> bool:
    """Say whether held-out patients stand behind the uncertainty of what decides."""
    measures = columns_of(task).quantity is not None
    return (calibration.sd_patients if measures else calibration.temperature_patients) > 0


def pooled_moments(outputs: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each row, both of shape ``(N,)``.

    Args:
        outputs: Shape ``(M, N, K)``; mean and log-variance are the first two columns.
    """
    means, variances = outputs[..., 0], np.exp(outputs[..., 1])
    return means.mean(axis=0), np.sqrt(variances.mean(axis=0) + means.var(axis=0))


def pooled_shares(outputs: Floats, *, task: str, temperature: float = 1.0) -> Floats:
    """Return the probabilities of each row, shape ``(N, classes)``.

    Raises:
        ValueError: If the task has no logits.
    """
    columns = columns_of(task)
    if columns.logits is None:
        raise ValueError(f"a head of task {task!r} gives no logits")
    mean: Floats = columns.shares(outputs[..., columns.logits] / temperature).mean(axis=0)
    return mean


def read_outputs(
    outputs: Floats,
    levels: Sequence[VertebralLevel],
    *,
    task: str,
    calibration: HeadCalibration,
    positive: BinaryTarget = "osteoporosis",
) -> tuple[BmdEstimate, ...]:
    """Read one estimate a row.

    Args:
        outputs: Shape ``(M, N, K)``, all finite.
        levels: The level of each row.
        task: What the head was trained for.
        calibration: How spread and logits are corrected.
        positive: What a two-way head looks for.

    Raises:
        ValueError: If the outputs are not of the task's shape.
    """
    columns = columns_of(task)
    if outputs.ndim != 3 or outputs.shape[1:] != (len(levels), columns.count):
        wanted = f"(members, {len(levels)}, {columns.count})"
        raise ValueError(f"outputs of task {task!r} must be {wanted}, got {outputs.shape}")
    found: list[dict[str, Any]] = [{} for _ in levels]
    if columns.quantity is not None:
        _add_moments(found, outputs, columns.quantity, calibration)
    if columns.logits is not None:
        shares = pooled_shares(outputs, task=task, temperature=calibration.temperature)
        _add_shares(found, shares, positive, calibration)
    flags = () if is_calibrated(task, calibration) else (Flag.UNCERTAINTY_UNCALIBRATED,)
    rows = zip(levels, found, strict=True)
    return tuple(BmdEstimate(level=level, flags=flags, **values) for level, values in rows)


def _add_moments(
    found: list[dict[str, Any]], outputs: Floats, quantity: str, calibration: HeadCalibration
) -> None:
    means, sds = pooled_moments(outputs)
    for values, mean, sd in zip(found, means, sds, strict=True):
        values |= {quantity: float(mean), _SD[quantity]: float(sd) * calibration.sd_factor}


def _add_shares(
    found: list[dict[str, Any]],
    shares: Floats,
    positive: BinaryTarget,
    calibration: HeadCalibration,
) -> None:
    for values, row in zip(found, shares.tolist(), strict=True):
        if len(row) == 3:
            values["probabilities"] = tuple(row)
        else:
            values["binary"] = BinaryAnswer(
                target=positive, probability=row[1], threshold=calibration.threshold
            )
