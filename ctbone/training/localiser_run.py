"""One run of ``ctbone train`` that makes the localiser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ctbone.localisation.network import NetworkLocator
from ctbone.networks import build_localiser, load_weights, save_weights
from ctbone.runs import RunLog
from ctbone.training.card import write_card
from ctbone.training.data import Epochs, ExampleData, Examples, Repeated
from ctbone.training.fields import SimulatedFields
from ctbone.training.fit import compared_by, evaluate, fit
from ctbone.training.fitting import FitConfig
from ctbone.training.labelled import Gathered, HeldOutFields, MixedEpochs, gather_cases
from ctbone.training.losses import LocaliserLoss
from ctbone.training.recipe import MOST_PATIENTS, LocaliserTraining
from ctbone.training.resuming import material_options
from ctbone.training.stream import Stream, Window, render_cases, renderers
from ctbone.training.trial import summarise, try_localiser

#: Options of the localiser with which its training may go on otherwise: no weight hangs on them.
_FREE = ("cache", "renderers", "test_patients")


@dataclass(frozen=True, kw_only=True)
class _Run:
    """Where a run writes, how it fits, and where its patients lie."""

    out: Path
    seed: int
    fit: FitConfig
    log: RunLog
    folder: Path

    def render(self, seeds: range, recipe: LocaliserTraining, pool: Executor) -> tuple[Path, ...]:
        spacing_mm = recipe.network.spacing_mm
        return render_cases(
            self.folder, seeds, spacing_mm=spacing_mm, pool=pool, device=self.log.device
        )

    def data(
        self, epochs: Epochs, validation: Examples, prepare: Callable[[int], None]
    ) -> ExampleData:
        sizes = {"batch_size": self.fit.batch_size, "workers": self.fit.workers}
        data = ExampleData(epochs.at(0), validation, seed=self.seed, **sizes)
        return data.stream(epochs, prepare)


def train_localiser(
    recipe: LocaliserTraining, *, out: Path, seed: int, fit_config: FitConfig, log: RunLog
) -> dict[str, float]:
    """Fit the localiser and write ``<out>/localiser.safetensors`` and its card.

    Returns:
        Validation figures of the best epoch on simulated patients and, where labelled data are
        mixed in, ``held_out_*`` figures of their patients that were kept apart.

    Raises:
        NothingUsable: If labelled data hold nothing to train on.
        WeightsMismatch: If the weights to start from are not of such a network.
        ValueError: If labelled data are not laid out as they are said to be, or the run wants
            more patients than a seed has.
    """
    _require_patients(recipe, fit_config.epochs)
    if fit_config.start is not None:
        # Weights of another network are told from these before anything is rendered.
        load_weights(build_localiser(recipe.network), fit_config.start)
    folder = recipe.cache or out / "simulated"
    run = _Run(out=out, seed=seed, fit=fit_config, log=log, folder=folder)
    with log.stage("labelled"):
        sets = _gather(recipe, run)
    torch.manual_seed(seed)
    network = build_localiser(recipe.network)
    loss = LocaliserLoss(recipe.network)
    with _data(recipe, sets, run=run) as data, log.stage("fit"):
        figures = fit(
            network,
            compared_by(loss),
            data,
            config=fit_config,
            out=out,
            seed=seed,
            material=material_options("localiser", recipe, free=_FREE, contents={}),
        )
    if len(held_out := HeldOutFields(sets, recipe)):
        found = evaluate(network, loss, held_out, config=fit_config)
        figures |= {f"held_out_{name}": value for name, value in found.items()}
    log.counts |= {"patients": patients_seen(recipe, fit_config.epochs)}
    log.weights["localiser"] = save_weights(network, out / "localiser.safetensors", half=True)
    with log.stage("trial"):
        _write_card(recipe, figures, sets, run=run)
    return figures


def first_seeds(seed: int) -> tuple[int, int, int]:
    """Return where the seeds of training, validation and test patients begin; they never meet."""
    first = seed * 10 * MOST_PATIENTS
    return first, first + MOST_PATIENTS, first + 2 * MOST_PATIENTS


def patients_seen(recipe: LocaliserTraining, epochs: int) -> int:
    """Return how many simulated patients a whole run looks at."""
    fresh = recipe.fresh or recipe.patients
    return recipe.patients + (epochs - 1) * fresh * (recipe.source == "stream")


def _require_patients(recipe: LocaliserTraining, epochs: int) -> None:
    wanted = max(patients_seen(recipe, epochs), recipe.validation_patients, recipe.test_patients)
    if wanted > MOST_PATIENTS:
        raise ValueError(f"a seed has {MOST_PATIENTS} patients of a kind, the run wants {wanted}")


def _gather(recipe: LocaliserTraining, run: _Run) -> tuple[Gathered, ...]:
    return tuple(
        gather_cases(
            data,
            folder=run.folder / "labelled",
            spacing_mm=recipe.network.spacing_mm,
            log=run.log,
        )
        for data in recipe.labelled
    )


@contextmanager
def _data(
    recipe: LocaliserTraining, sets: tuple[Gathered, ...], *, run: _Run
) -> Iterator[ExampleData]:
    """Render what has to be there before the fit, and keep on rendering while it goes on."""
    first, second, _ = first_seeds(run.seed)
    is_stream = recipe.source == "stream"
    with renderers(recipe.renderers, beside=is_stream) as pool:
        seeds = range(second, second + recipe.validation_patients)
        look = replace(recipe, draws=recipe.validation_draws)
        with run.log.stage("simulate"):
            validation = SimulatedFields(run.render(seeds, recipe, pool), config=look)
        if is_stream:
            window = Window(run.folder / "stream", first, recipe)
            stream = Stream(window, epochs=run.fit.epochs, pool=pool, device=run.log.device)
            yield run.data(_mixed(window, sets, recipe), validation, stream.prepare)
            stream.clear()
            return
        with run.log.stage("simulate"):
            paths = run.render(range(first, first + recipe.patients), recipe, pool)
        epochs = Repeated(SimulatedFields(paths, config=recipe))
        yield run.data(_mixed(epochs, sets, recipe), validation, lambda _: None)


def _labelled_counts(sets: tuple[Gathered, ...]) -> dict[str, int]:
    """Return how many labelled CT are learnt from, by layout: two sets can be of one."""
    counts: Counter[str] = Counter()
    for one in sets:
        counts[one.data.layout] += len(one.training)
    return dict(counts)


def _mixed(epochs: Epochs, sets: tuple[Gathered, ...], recipe: LocaliserTraining) -> Epochs:
    return MixedEpochs(epochs, sets, recipe) if sets else epochs


def _write_card(
    recipe: LocaliserTraining, figures: dict[str, float], sets: tuple[Gathered, ...], *, run: _Run
) -> None:
    """Try the weights as they were stored, on patients of other seeds, and write the card."""
    network = build_localiser(recipe.network)
    sha256 = load_weights(network, run.out / "localiser.safetensors")
    locate = NetworkLocator(network, recipe.network, recipe.decode)
    first = first_seeds(run.seed)[2]
    outcomes = try_localiser(locate, seeds=range(first, first + recipe.test_patients))
    training = {
        "seed": run.seed,
        "fit": run.fit,
        "source": recipe.source,
        "patients": patients_seen(recipe, run.fit.epochs),
        "labelled": _labelled_counts(sets),
        "validation": figures,
    }
    write_card(
        run.out / "localiser.json",
        network=recipe.network,
        decode=recipe.decode,
        sha256=sha256,
        training=training,
        trial=summarise(outcomes),
    )
