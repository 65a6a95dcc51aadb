"""Fitting the outliner: from simulated stretches of spine to weights and their card."""

from __future__ import annotations

import json
from pathlib import Path

from ctbone.runs import RunLog, to_plain
from ctbone.training.data import ExampleData
from ctbone.training.fitting import FitConfig
from ctbone.training.outlines import OutlinerTraining, SimulatedOutlines
from ctbone.training.resuming import material_options
from ctbone.training.stretches import prepare_stretches

#: How far apart the seeds of runs, and within a run those of training and validation, begin.
_SEEDS_A_RUN, _SEEDS_A_PART = 10_000_000, 1_000_000

#: Vertebrae taken from each stretch to validate with: the same at every epoch.
_VALIDATION_DRAWS = 2


def train_outliner(
    training: OutlinerTraining, *, fit_config: FitConfig, seed: int, out: Path, log: RunLog
) -> dict[str, float]:
    """Fit the outliner; write ``outliner.safetensors`` and its card, ``outliner.json``.

    Args:
        training: What it is trained on.
        fit_config: How it is fitted.
        seed: Start of all chance.
        out: Folder for the weights, the card and the log.
        log: The record of the run.

    Returns:
        Validation figures of the best epoch, by name.

    Raises:
        WeightsMismatch: If the weights to start from are not of such a network.
    """
    import torch

    from ctbone.networks import load_weights, save_weights
    from ctbone.networks.outliner import build_outliner
    from ctbone.training.fit import compared_by, fit
    from ctbone.training.outline_loss import outliner_loss

    if fit_config.start is not None:
        # Weights of another network are told from these before anything is rendered.
        load_weights(build_outliner(training.network), fit_config.start)
    with log.stage("simulate"):
        data = _simulated(training, batch_size=fit_config.batch_size, seed=seed, out=out)
    torch.manual_seed(seed)
    network = build_outliner(training.network)
    with log.stage("fit"):
        figures = fit(
            network,
            compared_by(outliner_loss),
            data,
            config=fit_config,
            out=out,
            seed=seed,
            material=material_options("outliner", training, free=("cache",), contents={}),
        )
    log.counts |= {"stretches": training.stretches}
    sha256 = save_weights(network, out / "outliner.safetensors", half=True)
    log.weights["outliner"] = sha256
    how = {"seed": seed, "fit": fit_config, "validation": figures, "stretches": training.stretches}
    write_outliner_card(out / "outliner.json", training=training, sha256=sha256, how=how)
    return figures


def write_outliner_card(
    path: Path, *, training: OutlinerTraining, sha256: str, how: dict[str, object]
) -> None:
    """Write what ``load_outliner`` reads: the network, its weights' digest, how it was trained."""
    card = {
        "network": to_plain(training.network),
        "weights_sha256": sha256,
        "training": to_plain(how),
    }
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _simulated(
    training: OutlinerTraining, *, batch_size: int, seed: int, out: Path
) -> ExampleData:
    folder = training.cache or out / "simulated"
    first = seed * _SEEDS_A_RUN
    second = first + _SEEDS_A_PART
    parts = (
        (range(first, first + training.stretches), training.draws),
        (range(second, second + training.validation_stretches), _VALIDATION_DRAWS),
    )
    fitted, validated = (
        SimulatedOutlines(prepare_stretches(folder, seeds), config=training.network, draws=draws)
        for seeds, draws in parts
    )
    return ExampleData(fitted, validated, batch_size=batch_size, seed=seed)
