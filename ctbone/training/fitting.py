"""How a network is fitted, as a configuration that needs neither torch nor Lightning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ctbone.devices import Device

#: Where figures are written beside metrics.csv.
Logs = Literal["csv", "tensorboard", "mlflow"]


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """How a network is fitted, whatever it is."""

    epochs: int = 40
    """Passes over the training examples."""
    batch_size: int = 8
    """Examples a step."""
    learning_rate: float = 1e-3
    """Highest learning rate of the one cycle (AdamW)."""
    weight_decay: float = 1e-2
    """Weight decay of AdamW."""
    patience: int = 0
    """Epochs without a better validation loss after which to stop; 0 goes on to the end."""
    precision: Literal["32", "bf16"] = "32"
    """Arithmetic of the network: bf16 is quicker in 3D where the processor multiplies it."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU where there is one."""
    devices: int = 1
    """Accelerators of one machine to fit on together; of a processor, processes."""
    nodes: int = 1
    """Machines to fit on together: start the same command on each, as Lightning's documentation of
    clusters says."""
    strategy: Literal["auto", "ddp"] = "auto"
    """How several devices share the work (Lightning's strategies)."""
    accumulate: int = 1
    """Batches whose gradients are summed before a step."""
    deterministic: bool = False
    """Whether only operations that repeat themselves exactly are used, where torch has them."""
    threads: int = 0
    """Processor threads; 0 leaves the choice to torch."""
    compile: bool = False
    """Compile the network before fitting (torch.compile), which needs a C++ compiler. Meant for a
    GPU, and timed on none."""
    average: float = 0.0
    """Share of the running mean of the weights that a step keeps, such as 0.998: the mean is what
    is validated and written. 0 writes the weights themselves."""
    still_after: float = 1.0
    """Share of the epochs after which batch normalisation measures by its running means, as it
    will when it is asked; 1 never does."""
    workers: int = 0
    """Processes that draw examples beside the fit; with 0 the fit draws them itself."""
    logs: Logs = "csv"
    """Form of the log: metrics.csv, and beside it the event files of tensorboard, or a run of
    MLflow in ``mlflow.db``."""
    keep: Literal["best", "last"] = "best"
    """Which epoch is kept: that of the least validation loss, or the last one, which leaves the
    validation patients untouched for calibration."""
    start: Path | None = None
    """Weights (safetensors, of the same network) to start from instead of fresh ones, such as
    those that ship; a run that is resumed goes on from its own."""
    resume: bool = False
    """Go on from the last epoch of an interrupted run in the same folder."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "devices", "nodes", "accumulate"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.learning_rate <= 0.0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        if not 0.0 <= self.still_after <= 1.0:
            raise ValueError(f"still_after must lie in [0, 1], got {self.still_after}")
        if not 0.0 <= self.average < 1.0:
            raise ValueError(f"average must be from 0 to below 1, got {self.average}")
        for name in ("weight_decay", "patience", "threads", "workers"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
