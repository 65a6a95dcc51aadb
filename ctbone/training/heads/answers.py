"""What a fitted head says of patients that it has not learnt from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ctbone.devices import resolve_device
from ctbone.estimation import HeldOut
from ctbone.networks import Task
from ctbone.records import BoneCategory
from ctbone.training.fitting import FitConfig
from ctbone.training.heads.comparing import answers_of
from ctbone.training.heads.data import PatchExamples
from ctbone.training.heads.patchset import PatchSet
from ctbone.training.heads.preparing import Preparation
from ctbone.training.heads.targets import CATEGORY, NEEDED

_CATEGORIES = tuple(BoneCategory)


def answer(
    network: nn.Module, prepare: Preparation, examples: PatchExamples, *, config: FitConfig
) -> NDArray[np.float64]:
    """Return what a head answers, in float32, for examples as they are, shape ``(N, K)``."""
    device = resolve_device(config.device)
    network.to(device).eval()
    rows = []
    with torch.inference_mode():
        for start in range(0, len(examples), config.batch_size):
            numbers = np.arange(start, min(start + config.batch_size, len(examples)))
            batch = examples[numbers]
            moved = type(batch)(*(part.to(device) for part in batch))
            answers, _ = answers_of(network, prepare(moved, generator=None))
            rows.append(answers.double().cpu().numpy())
    network.cpu()
    return np.concatenate(rows)


def held_out(
    answers: NDArray[np.float64], examples: PatchExamples, patches: PatchSet, *, task: Task
) -> HeldOut:
    """Lay answers beside the reference results of their patients; unknown ones are left out.

    Args:
        answers: Of every example, shape ``(N, K)``.
        examples: The examples.
        patches: Where they are from.
        task: What the head answers.
    """
    known = np.flatnonzero(np.isfinite(examples.targets[:, NEEDED[task]]))
    rows = [patches.rows[k] for k in examples.studies[known]]
    targets = examples.targets[known]
    categories = targets[:, CATEGORY]
    return HeldOut(
        outputs=answers[None, known],
        studies=tuple(row.study_uid for row in rows),
        persons=tuple(row.patient_id for row in rows),
        values=None if NEEDED[task] == CATEGORY else targets[:, NEEDED[task]].astype(np.float64),
        categories=_named(categories) if np.isfinite(categories).all() else None,
    )


def joined(parts: Sequence[HeldOut]) -> HeldOut:
    """Return what several heads say, each of its own patients, as that of one."""
    values = [part.values for part in parts if part.values is not None]
    categories = [part.categories for part in parts if part.categories is not None]
    return HeldOut(
        outputs=np.concatenate([part.outputs for part in parts], axis=1),
        studies=tuple(study for part in parts for study in part.studies),
        persons=tuple(person for part in parts for person in part.persons),
        values=np.concatenate(values) if len(values) == len(parts) else None,
        categories=sum(categories, ()) if len(categories) == len(parts) else None,
    )


def _named(categories: NDArray[np.float32]) -> tuple[BoneCategory, ...]:
    return tuple(_CATEGORIES[int(index)] for index in categories)
