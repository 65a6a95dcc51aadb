"""``ctbone demo``: the whole path on simulated patients, in minutes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ctbone.evaluation import EvaluateConfig, evaluate
from ctbone.interchange import read_results
from ctbone.networks.heads import HeadConfig
from ctbone.patches import PatchGrid
from ctbone.phantom import SimulateConfig, SiteConfig, simulate
from ctbone.pooling import PoolConfig, pool
from ctbone.report import ReportConfig, report
from ctbone.screening import ScreenConfig, screen
from ctbone.training import FitConfig, HeadTraining, TrainConfig, train

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Two hospitals train and are tested inside, four are only tested: enough tables to pool.
SITES = (
    SiteConfig("north", "siemens", 2.0, kernels=("smooth", "standard")),
    SiteConfig("east", "ge", 2.0, noise_hu=14.0),
    SiteConfig("south", "philips", 1.0, external=True, noise_hu=10.0),
    SiteConfig("west", "siemens", 1.0, external=True, bone_slope=1.02),
    SiteConfig("coast", "ge", 1.0, external=True, bone_slope=0.98, enhanced_fraction=0.0),
    SiteConfig("hill", "philips", 1.0, external=True, slice_thicknesses_mm=(3.0,)),
)


@dataclass(frozen=True, kw_only=True)
class DemoConfig:
    """Simulate a cohort, train a head, screen, evaluate, pool and report.

    Attributes:
        out: Folder for everything; what an earlier demo left in it is deleted.
        patients: How many patients to simulate.
        seed: Source of all chance.
        epochs: Passes of the training over the patients.
        workers: Processes that simulate.
    """

    out: Path = Path("out/demo")
    patients: int = 120
    seed: int = 1
    epochs: int = 30
    workers: int = 2


def demo(config: DemoConfig) -> None:
    """Run the whole path and say where its results are.

    Raises:
        ValueError: If the folder holds something that no demo made.
    """
    _clear(config.out)
    console = Console()
    for number, (name, step) in enumerate(_steps(config), start=1):
        console.rule(f"{number}. {name}", align="left")
        began = time.perf_counter()
        step()
        console.print(f"{time.perf_counter() - began:.0f} s", style="dim", highlight=False)
    console.rule("Where to look", align="left")
    console.print(f"Report:  {config.out / 'report.html'}", highlight=False, soft_wrap=True)
    console.print(f"Picture: {_picture(config.out)}", highlight=False, soft_wrap=True)


def _steps(config: DemoConfig) -> Iterator[tuple[str, Callable[[], None]]]:
    out, made = config.out, config.out / "simulated"
    simulated = SimulateConfig(
        out=made,
        patients=config.patients,
        seed=config.seed,
        sites=SITES,
        internal_fractions=(0.6, 0.15, 0.25),
        broken_fraction=0.06,
        workers=config.workers,
    )
    trained = TrainConfig(
        out=out / "training",
        seed=config.seed,
        head=HeadTraining(
            export=made / "export",
            cohort=made / "cohort.csv",
            masks=made / "masks.csv",
            network=HeadConfig(backbone="resnet10", dimensions=3, width=0.25),
            grid=PatchGrid((32, 32, 24), (1.5, 1.5, 1.5)),
        ),
        fit=FitConfig(epochs=config.epochs, batch_size=16, learning_rate=3e-3),
    )
    screened = ScreenConfig(
        export=made / "export", out=out / "screening", model=out / "training" / "model"
    )
    evaluated = EvaluateConfig(
        results=out / "screening" / "results.csv",
        cohort=made / "cohort.csv",
        model=out / "training" / "model",
        out=out / "evaluation",
    )
    pooled = PoolConfig(
        tables=(out / "evaluation" / "confusion_matrices.csv",), out=out / "pooling"
    )
    yield "Simulate a PACS export with known truth", lambda: simulate(simulated)
    yield "Train a 3D ResNet on its training split", lambda: train(trained)
    yield "Screen the export", lambda: screen(screened)
    yield "Evaluate against the reference standard", lambda: evaluate(evaluated)
    yield "Pool the 2x2 tables", lambda: pool(pooled)
    yield "Report", lambda: report(ReportConfig(run=out))


def _clear(out: Path) -> None:
    """Delete what an earlier demo left, and nothing else."""
    marker = out / ".ctbone-demo"
    if out.exists() and any(out.iterdir()) and not marker.exists():
        raise ValueError(f"--out must be empty or the folder of an earlier demo, got {out}")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    marker.touch()


def _picture(out: Path) -> Path:
    """Return the picture of a screened study, one with both levels where there is one."""
    rows = [r for r in read_results(out / "screening" / "results.csv") if r.category]
    rows.sort(key=lambda row: (-len(row.levels), row.study_uid))
    return out / "screening" / "pictures" / (f"{rows[0].study_uid}.png" if rows else "")
