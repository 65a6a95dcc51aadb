"""Batch normalisation whose statistics stand still in the last part of a fit.

While it learns, batch normalisation measures each batch by itself, and so takes from an image what
its neighbours in the batch have: the absolute level of attenuation, from which density is read. In
evaluation it measures by running means. A network whose statistics stand still learns the last
part of the way as it will be asked.
"""

from __future__ import annotations

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Callback
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


class StillStatistics(Callback):
    """Normalises by running means from some share of the epochs on.

    Args:
        network: Whose normalisations.
        after: Share of the epochs.
    """

    def __init__(self, network: nn.Module, *, after: float) -> None:
        self._norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
        self._after = after

    def on_train_epoch_start(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        """Let the statistics of an epoch stand still, if it is late enough."""
        del module
        if trainer.current_epoch >= self._after * (trainer.max_epochs or 0):
            for norm in self._norms:
                norm.eval()
