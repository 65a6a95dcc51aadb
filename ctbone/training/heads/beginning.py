"""What a head is before it learns: its first weights, its scale, and the line it begins as."""

from __future__ import annotations

import numpy as np
import torch

from ctbone.networks import SCALED, Head, HeadConfig, build_head, load_pretrained
from ctbone.networks.core import CoreMean
from ctbone.training.heads.data import Floats, PatchExamples
from ctbone.training.heads.preparing import Preparation
from ctbone.training.heads.targets import NEEDED

#: Examples whose mean attenuation is taken at once.
_AT_ONCE = 32


def build_scaled(config: HeadConfig, training: PatchExamples, *, seed: int) -> Head:
    """Return a head with its first weights; one that regresses knows its patients' spread.

    Raises:
        WeightsMismatch: If the ImageNet weights of the configuration do not fit the network.
    """
    torch.manual_seed(seed)
    network = build_head(config)
    if config.pretrained is not None:
        load_pretrained(network, config.pretrained)
    if config.task in SCALED:
        values = training.targets[:, NEEDED[config.task]]
        known = values[np.isfinite(values)]
        network.set_scale(centre=float(known.mean()), scale=float(known.std()) or 1.0)
    return network


def begin_as_line(network: Head, prepare: Preparation, training: PatchExamples) -> None:
    """Let a head that can begin as the least-squares line from its core's mean to the reference.

    Where all patients have one mean there is no line, and the head begins as any other.
    """
    task = network.config.task
    if network.core is None or task not in SCALED:
        return
    targets = training.targets[:, NEEDED[task]].astype(np.float64)
    cores = _core_means(network.core, prepare, training).astype(np.float64)
    known = np.isfinite(targets)
    x, y = cores[known], targets[known]
    if np.ptp(x) == 0.0:
        return
    slope = float(np.cov(x, y, bias=True)[0, 1] / x.var())
    intercept = float(y.mean() - slope * x.mean())
    sd = float(np.std(y - slope * x - intercept))
    network.begin_as_line(slope=slope, intercept=intercept, sd=sd)


@torch.inference_mode()
def _core_means(core: CoreMean, prepare: Preparation, training: PatchExamples) -> Floats:
    """Return the mean attenuation of every example, of bags that of those that there are."""
    found = []
    for start in range(0, len(training), _AT_ONCE):
        numbers = np.arange(start, min(start + _AT_ONCE, len(training)))
        example = prepare(training[numbers], generator=None)
        if example.present is None:
            found.append(core(example.inputs)[:, 0])
            continue
        cores = core(example.inputs.flatten(0, 1)).reshape(example.present.shape)
        there = example.present.float()
        found.append((cores * there).sum(dim=1) / there.sum(dim=1))
    means: Floats = torch.cat(found).numpy()
    return means
