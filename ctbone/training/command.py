"""``ctbone train``: fit the localiser or a head."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ctbone.devices import resolve_device
from ctbone.errors import NothingUsable
from ctbone.runs import RunLog, require_own_folder
from ctbone.training.fields import LocaliserTraining
from ctbone.training.fitting import FitConfig
from ctbone.training.patients import HeadTraining

if TYPE_CHECKING:
    from ctbone.training.data import ExampleData


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Fit one network: the localiser on simulated patients, or a head on a labelled cohort.

    Attributes:
        out: Folder for the weights, the log and run.json.
        seed: Start of all chance; the same seed gives the same weights on one kind of machine.
        localiser: What the localiser is trained on; leave out to train a head. Its options are
            listed by --localiser.help, and given as --localiser.patients 400 and the like.
        head: What a head is trained on; leave out to train the localiser. Its options are listed
            by --head.help, and given as --head.export FOLDER and the like.
        fit: How the network is fitted.
    """

    out: Path
    seed: int = 1
    localiser: LocaliserTraining | None = None
    head: HeadTraining | None = None
    fit: FitConfig = field(default_factory=FitConfig)

    def __post_init__(self) -> None:
        if (self.localiser is None) == (self.head is None):
            raise ValueError("expected exactly one of localiser and head")


def train(config: TrainConfig) -> None:
    """Fit the network that the configuration names and write it.

    A head becomes a model folder, ``<out>/model``; the localiser becomes
    ``<out>/localiser.safetensors`` and its card, ``localiser.json``.

    Raises:
        NothingUsable: If no study of the cohort yields a patch to train on or to validate with.
        ValueError: If a path of the configuration is not there, or a GPU is demanded and absent.
    """
    from ctbone.training.fit import prepare_processor

    require_own_folder(config.out, "train")
    log = RunLog("train", config, device=resolve_device(config.fit.device))
    prepare_processor(config.fit)
    figures: dict[str, float] = {}
    if config.head is not None:
        try:
            figures = _train_head(config, config.head, log)
        except NothingUsable:
            # The counts of the log are what says why.
            log.write(config.out, exit_code=3)
            raise
    elif config.localiser is not None:
        figures = _train_localiser(config, config.localiser, log)
    log.write(config.out)
    _report(figures, log, config)


def _train_head(config: TrainConfig, head: HeadTraining, log: RunLog) -> dict[str, float]:
    import torch

    from ctbone.estimation import write_model
    from ctbone.networks import build_head
    from ctbone.training.data import ExampleData
    from ctbone.training.fit import fit
    from ctbone.training.losses import LOSSES
    from ctbone.training.patients import gather_patches, patch_examples, set_scale

    with log.stage("patches"):
        patches = gather_patches(head, folder=config.out / "patches", log=log)
    training, validation = patch_examples(patches, head)
    torch.manual_seed(config.seed)
    network = build_head(head.network)
    set_scale(network, training)
    data = ExampleData(training, validation, batch_size=config.fit.batch_size, seed=config.seed)
    with log.stage("fit"):
        figures = fit(
            network, LOSSES[head.network.task], data,
            config=config.fit, out=config.out, seed=config.seed,
        )  # fmt: skip
    write_model(
        config.out / "model",
        network_config=head.network,
        input_config=head.input,
        grid=head.grid,
        network=network,
        validation=figures,
        training={"seed": config.seed, "fit": config.fit, "counts": log.counts},
    )
    return figures


def _train_localiser(
    config: TrainConfig, localiser: LocaliserTraining, log: RunLog
) -> dict[str, float]:
    import torch

    from ctbone.networks import build_localiser, save_weights
    from ctbone.training.fit import fit
    from ctbone.training.losses import LocaliserLoss

    with log.stage("simulate"):
        data = _simulated(config, localiser)
    torch.manual_seed(config.seed)
    network = build_localiser(localiser.network)
    with log.stage("fit"):
        figures = fit(
            network, LocaliserLoss(localiser.network), data,
            config=config.fit, out=config.out, seed=config.seed,
        )  # fmt: skip
    log.counts |= {"patients": localiser.patients}
    weights = config.out / "localiser.safetensors"
    log.weights["localiser"] = save_weights(network, weights, half=True)
    with log.stage("trial"):
        _write_localiser_card(config, localiser, figures)
    return figures


def _write_localiser_card(
    config: TrainConfig, localiser: LocaliserTraining, figures: dict[str, float]
) -> None:
    """Try the weights as they were stored, on patients of other seeds, and write the card."""
    from ctbone.localisation.network import NetworkLocator
    from ctbone.networks import build_localiser, load_weights
    from ctbone.training.card import write_card
    from ctbone.training.trial import summarise, try_localiser

    network = build_localiser(localiser.network)
    sha256 = load_weights(network, config.out / "localiser.safetensors")
    locate = NetworkLocator(network, localiser.network, localiser.decode)
    first = _seeds(config)[2]
    outcomes = try_localiser(locate, seeds=range(first, first + localiser.test_patients))
    write_card(
        config.out / "localiser.json",
        network=localiser.network,
        decode=localiser.decode,
        sha256=sha256,
        training={"seed": config.seed, "fit": config.fit, "validation": figures}
        | {"patients": localiser.patients},
        trial=summarise(outcomes),
    )


def _seeds(config: TrainConfig) -> tuple[int, int, int]:
    """Return where the seeds of training, validation and test patients begin; they never meet."""
    first = config.seed * 10_000_000
    return first, first + 1_000_000, first + 2_000_000


def _simulated(config: TrainConfig, localiser: LocaliserTraining) -> ExampleData:
    from ctbone.training.data import ExampleData
    from ctbone.training.fields import SimulatedFields
    from ctbone.training.simulated import prepare_cases

    folder = localiser.cache or config.out / "simulated"
    spacing = localiser.network.spacing_mm
    first, second, _ = _seeds(config)
    seeds = (
        range(first, first + localiser.patients),
        range(second, second + localiser.validation_patients),
    )
    training, validation = (
        SimulatedFields(prepare_cases(folder, part, spacing_mm=spacing), config=localiser)
        for part in seeds
    )
    return ExampleData(training, validation, batch_size=config.fit.batch_size, seed=config.seed)


def _report(figures: dict[str, float], log: RunLog, config: TrainConfig) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("validation", "best epoch", title="Trained", title_justify="left")
    for name, value in sorted(figures.items()):
        table.add_row(name.removeprefix("validation_"), f"{value:.4g}")
    console = Console()
    console.print(table)
    for warning in log.warnings:
        console.print(f"Note: {warning}.", style="yellow", highlight=False, soft_wrap=True)
    made = ("Model", "model") if config.head else ("Localiser", "localiser.safetensors")
    console.print(f"{made[0]}: {config.out / made[1]}", highlight=False, soft_wrap=True)
