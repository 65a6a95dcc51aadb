"""``ctbone train``: fit the localiser, the outliner or a head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ctbone.devices import resolve_device
from ctbone.errors import NothingUsable
from ctbone.runs import RunLog, require_own_folder
from ctbone.telling import noted, tell
from ctbone.training.fitting import FitConfig
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.outlines import OutlinerTraining
from ctbone.training.processes import rank
from ctbone.training.recipe import LocaliserTraining
from ctbone.training.reporting import require_logs


class Kind(NamedTuple):
    """A kind of network: which function trains it, and what that leaves in the folder of a run.

    The function takes what the network is trained on and, by name, ``out``, ``seed``,
    ``fit_config`` and ``log``; it returns validation figures by name.
    """

    module: str
    function: str
    title: str
    made: str


#: Every kind, by the field of ``TrainConfig`` that asks for it; imported only when it is.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "localiser": Kind(
            "localiser_run", "train_localiser", "Localiser", "localiser.safetensors"
        ),
        "outliner": Kind("outlining", "train_outliner", "Outliner", "outliner.safetensors"),
        "head": Kind("heads.run", "train_head", "Model", "model"),
    }
)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Fit one network: localiser or outliner on simulations, or a head on a labelled cohort.

    Attributes:
        out: Folder for the weights, the log and run.json.
        seed: Start of all chance; the same seed gives the same weights on one kind of machine.
        localiser: What the localiser is trained on; leave out to train a head. Its options are
            listed by --localiser.help, and given as --localiser.patients 400 and the like.
        head: What a head is trained on; leave out to train the localiser. Its options are listed
            by --head.help, and given as --head.export FOLDER and the like.
        outliner: What the outliner is trained on: it parts one vertebra from its neighbours. Its
            options are listed by --outliner.help.
        fit: How the network is fitted.
    """

    out: Path
    seed: int = 1
    localiser: LocaliserTraining | None = None
    head: HeadTraining | None = None
    outliner: OutlinerTraining | None = None
    fit: FitConfig = field(default_factory=FitConfig)

    def __post_init__(self) -> None:
        if len(_chosen(self)) != 1:
            *most, last = KINDS
            raise ValueError(f"expected exactly one of {', '.join(most)} and {last}")
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, got {self.seed}")


def train(config: TrainConfig) -> None:
    """Fit the network that the configuration names and write it.

    A head becomes a model folder, ``<out>/model``; the localiser becomes
    ``<out>/localiser.safetensors`` and its card, ``localiser.json``, and the outliner likewise.

    Raises:
        NothingUsable: If no study of the cohort, or of labelled data, can be trained on.
        ValueError: If a path of the configuration is not there, or a GPU or TensorBoard is
            demanded and absent, or the loss grows beyond all numbers.
    """
    from ctbone.training.fit import prepare_processor

    require_own_folder(config.out, "train")
    require_logs(config.fit.logs)
    _require_start(config.fit.start)
    log = RunLog("train", config, device=resolve_device(config.fit.device))
    prepare_processor(config.fit)
    [name] = _chosen(config)
    try:
        figures = _trainer(KINDS[name])(
            getattr(config, name), out=config.out, seed=config.seed, fit_config=config.fit, log=log
        )
    except NothingUsable:
        # The counts of the log are what says why.
        log.write(config.out, exit_code=3)
        raise
    except FloatingPointError as diverged:
        # It says which options to change, and there is nothing else to mend.
        log.write(config.out, exit_code=2)
        raise ValueError(str(diverged)) from None
    if rank():
        return
    log.write(config.out)
    _report(figures, log, KINDS[name], out=config.out, kept=config.fit.keep)


def _require_start(start: Path | None) -> None:
    """Look for the weights before anything is rendered."""
    if start is not None and not start.is_file():
        raise ValueError(f"expected weights to start from at {start.name}, found no such file")


def _chosen(config: TrainConfig) -> list[str]:
    return [name for name in KINDS if getattr(config, name) is not None]


def _trainer(kind: Kind) -> Callable[..., dict[str, float]]:
    module = import_module(f"ctbone.training.{kind.module}")
    found: Callable[..., dict[str, float]] = getattr(module, kind.function)
    return found


def _report(
    figures: Mapping[str, float], log: RunLog, kind: Kind, *, out: Path, kept: str
) -> None:
    from rich.table import Table

    table = Table("validation", f"{kept} epoch", title="Trained", title_justify="left")
    for name, value in sorted(figures.items()):
        table.add_row(name.removeprefix("validation_"), f"{value:.4g}")
    tell(table, notes=noted(log.warnings), lines=[f"{kind.title}: {out / kind.made}"])
