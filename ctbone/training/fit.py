"""One trainer for every network: heads and localiser alike."""

from __future__ import annotations

import ctypes
import logging
import platform
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytorch_lightning as lightning
import torch
from lightning_fabric.utilities.warnings import PossibleUserWarning
from pytorch_lightning.callbacks import Callback, EarlyStopping
from torch import Tensor, nn

from ctbone.devices import resolve_device
from ctbone.networks import channels_last, load_weights
from ctbone.training.averaging import WeightMean
from ctbone.training.checkpoints import NamelessCheckpoint, epochs_done
from ctbone.training.data import Batch, EpochData, ExampleData, Examples
from ctbone.training.fitting import FitConfig
from ctbone.training.losses import Loss
from ctbone.training.reporting import Figures, Progress, loggers
from ctbone.training.resuming import Options, fit_options
from ctbone.training.statistics import StillStatistics
from ctbone.training.stepping import Compare, Fit

#: What the best epoch is chosen by.
_MONITOR = "validation_loss"

_NOTHING: Options = MappingProxyType({})

#: mallopt: M_MMAP_MAX none, M_TRIM_THRESHOLD 2 GiB, M_TOP_PAD 64 MiB (malloc.h of glibc).
_MALLOC = {-4: 0, -1: 2**31 - 1, -2: 2**26}


def compared_by(loss: Loss) -> Compare:
    """Return how batches of inputs and targets are compared by a loss of outputs and targets."""

    def compare(
        network: nn.Module, batch: Batch, seed: int | None
    ) -> tuple[Tensor, dict[str, Tensor], int]:
        del seed
        inputs = batch.inputs
        if inputs.ndim == 5:
            inputs = inputs.to(memory_format=torch.channels_last_3d)
        return *loss(network(inputs), batch.targets), len(inputs)

    return compare


def fit(  # noqa: PLR0913 - what is fitted, to what, how, and what it hangs on
    network: nn.Module,
    compare: Compare,
    data: EpochData,
    *,
    config: FitConfig,
    out: Path,
    seed: int,
    material: Options = _NOTHING,
) -> dict[str, float]:
    """Fit a network in place and leave it as it was in its best epoch, or its last.

    Args:
        network: With fresh weights, which give way to those of ``config.start``.
        compare: What to minimise, such as ``compared_by`` a loss.
        data: Training and validation batches, as ``compare`` takes them.
        config: How.
        out: Folder for ``log/version_*/metrics.csv``, a version a start, and the checkpoints.
        seed: The same seed and data give the same weights on the same kind of machine.
        material: What else its weights hang on, by option; a run of another is not resumed.

    Returns:
        Validation figures of that epoch, by name.

    Raises:
        ValueError: If the run to resume is of another network or configuration, or has gone
            further than asked for.
        WeightsMismatch: If the weights to start from are not of such a network.
    """
    if config.start is not None:
        load_weights(network, config.start)
    options = fit_options(config, seed=seed, material=material)
    module = Fit(channels_last(network), compare, config, seed, options=options)
    mean = [WeightMean(network, keep=config.average)] if config.average else []
    still = [StillStatistics(network, after=config.still_after)] if config.still_after < 1 else []
    best, latest = (
        NamelessCheckpoint(
            out / "checkpoints", monitor=monitor, filename=name, enable_version_counter=False
        )
        for monitor, name in ((_MONITOR, "best"), (None, "last"))
    )
    with _quiet():
        # The latest comes last: it holds what the best has become.
        callbacks = [*mean, *still, best, latest, Figures(), Progress(config.epochs)]
        trainer = _trainer(config, out=out, callbacks=callbacks)
        last = out / "checkpoints" / "last.ckpt"
        resume = config.resume and last.is_file()
        if resume:
            data.begin(epochs_done(last, network, of=config.epochs, options=options))
        trainer.fit(
            module, datamodule=data, ckpt_path=str(last) if resume else None, weights_only=True
        )
    kept = best.best_model_path if config.keep == "best" else str(last)
    state = torch.load(kept, weights_only=True, map_location="cpu")
    module.load_state_dict(state["state_dict"])
    for one in mean:
        network.load_state_dict(state["callbacks"][one.state_key]["mean"])
    network.eval()
    return {name: float(value) for name, value in state["figures"].items()}


def evaluate(
    network: nn.Module, loss: Loss, examples: Examples, *, config: FitConfig
) -> dict[str, float]:
    """Return the loss and its parts over examples that are not varied, by name.

    Args:
        network: As ``fit`` left it.
        loss: What to measure by.
        examples: What to measure on.
        config: Batch size and device; arithmetic is float32.
    """
    device = resolve_device(config.device)
    data = ExampleData(examples, examples, batch_size=config.batch_size, seed=0)
    sums: Counter[str] = Counter()
    network.to(device).eval()
    with torch.inference_mode():
        for batch in data.val_dataloader():
            total, parts = loss(network(batch.inputs.to(device)), batch.targets.to(device))
            found = {"loss": total, **parts}
            sums.update({name: float(v) * len(batch.inputs) for name, v in found.items()})
    network.cpu()
    return {name: value / len(examples) for name, value in sums.items()}


def prepare_processor(config: FitConfig) -> None:
    """Set threads, and keep freed memory for the next step instead of giving it back.

    glibc returns large blocks to the kernel at once, and the page faults of getting them again
    take about half of the time of a 3D network.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL("libc.so.6")
        for parameter, value in _MALLOC.items():
            libc.mallopt(parameter, value)


def _trainer(config: FitConfig, *, out: Path, callbacks: list[Callback]) -> lightning.Trainer:
    stopping = [EarlyStopping(_MONITOR, patience=config.patience)] if config.patience else []
    return lightning.Trainer(
        accelerator="gpu" if resolve_device(config.device) == "cuda" else "cpu",
        devices=config.devices,
        num_nodes=config.nodes,
        strategy=config.strategy,
        accumulate_grad_batches=config.accumulate,
        deterministic=config.deterministic,
        max_epochs=config.epochs,
        precision="bf16-mixed" if config.precision == "bf16" else "32-true",
        logger=loggers(config, out),
        callbacks=[*callbacks, *stopping],
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what Lightning says about choices made here on purpose."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # Loading in the training process, one batch an epoch, a folder used before to resume,
            # and a name of torch's that Lightning still uses.
            warnings.simplefilter("ignore", PossibleUserWarning)
            warnings.filterwarnings("ignore", message=".*Checkpoint directory.*")
            warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
            # Kernels of one voxel have two layouts that are the same.
            warnings.filterwarnings("ignore", message="Grad strides do not match")
            yield
    finally:
        logger.setLevel(level)
