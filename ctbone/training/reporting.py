"""What a fit says while it runs and keeps with its checkpoints; where its log goes."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.loggers import CSVLogger, Logger, MLFlowLogger, TensorBoardLogger

from ctbone.telling import plain_console
from ctbone.training.fitting import FitConfig, Logs

#: A line of progress at most this often, seconds.
_LINE_EVERY_S = 60.0


def loggers(config: FitConfig, out: Path) -> list[Logger]:
    """Return where the figures of every epoch are written: ``log/version_*`` in a folder.

    Raises:
        ValueError: If TensorBoard or MLflow is asked for and not installed.
    """
    require_logs(config.logs)
    found: list[Logger] = [CSVLogger(out, name="log")]
    if config.logs == "tensorboard":
        found.append(TensorBoardLogger(out, name="events"))
    if config.logs == "mlflow":
        store = f"sqlite:///{(out / 'mlflow.db').absolute()}"
        found.append(MLFlowLogger("ctbone", tracking_uri=store))
    return found


def require_logs(logs: Logs) -> None:
    """Refuse logs of a package that is not installed.

    Raises:
        ValueError: If it is not.
    """
    if logs != "csv" and find_spec(logs) is None:
        raise ValueError(
            f"expected the package {logs} for fit.logs {logs}, found none: "
            f"install ctbone[{logs}], or write fit.logs csv"
        )


class Figures(Callback):
    """Keeps the validation figures of an epoch with its checkpoint."""

    def on_save_checkpoint(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,
        state: dict[str, object],
    ) -> None:
        """Add them."""
        del module
        figures = {name: float(value) for name, value in trainer.callback_metrics.items()}
        state["figures"] = {n: v for n, v in figures.items() if n.startswith("validation_")}


class Progress(Callback):
    """One line a minute on standard error."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._console = plain_console(stderr=True)
        self._last = time.monotonic()

    def on_validation_epoch_end(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        """Say how far it is."""
        del module
        if time.monotonic() - self._last < _LINE_EVERY_S:
            return
        self._last = time.monotonic()
        figures = {n: float(v) for n, v in trainer.callback_metrics.items() if "loss" in n}
        shown = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self._console.print(f"epoch {trainer.current_epoch + 1} of {self._epochs}: {shown}")
