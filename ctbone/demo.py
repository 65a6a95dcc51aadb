"""``ctbone demo``: the whole path on simulated patients, in minutes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from ctbone.cli import main
from ctbone.interchange import read_results
from ctbone.resources import config_path
from ctbone.telling import plain_console

#: What a folder that a demo may delete carries.
_MARKER = ".ctbone-demo"


@dataclass(frozen=True, kw_only=True)
class DemoConfig:
    """Simulate a cohort, train a head, screen, evaluate, pool and report.

    Attributes:
        out: Folder for everything; what an earlier demo left in it is deleted.
        patients: How many patients to simulate.
        epochs: Passes of the training over its patients.
        workers: Processes that simulate.
    """

    out: Path = Path("out/demo")
    patients: int = 96
    epochs: int = 30
    workers: int = 2


def demo(config: DemoConfig) -> None:
    """Run the commands of the whole path, one after the other, and say where the results are.

    Raises:
        ValueError: If the folder holds something that no demo made.
    """
    _clear(config.out)
    console = plain_console()
    for purpose, arguments in _commands(config):
        console.rule(Text(purpose, "bold"), align="left")
        console.print(f"$ ctbone {' '.join(arguments)}", style="cyan", soft_wrap=True)
        began = time.perf_counter()
        main(arguments)
        console.print(f"({time.perf_counter() - began:.0f} s)", style="dim")
    console.rule(Text("Where to look", "bold"), align="left")
    console.print(f"Report:  {config.out / 'report' / 'index.html'}", soft_wrap=True)
    console.print(f"Picture: {_picture(config.out)}", soft_wrap=True)


def _commands(config: DemoConfig) -> Iterator[tuple[str, list[str]]]:
    out, made = config.out, config.out / "simulated"
    export, cohort, model = made / "export", made / "cohort.csv", out / "training" / "model"
    yield (
        "Simulate a PACS export with known truth",
        [
            *("simulate", "--config", str(config_path("simulate/demo.yaml")), "--out", str(made)),
            *("--patients", str(config.patients), "--workers", str(config.workers)),
        ],
    )
    yield (
        "Train a small 3D ResNet on the training split",
        [
            *("train", "--config", str(config_path("train/demo-head.yaml"))),
            *("--head.export", str(export), "--head.cohort", str(cohort)),
            *("--head.masks", str(made / "masks.csv"), "--fit.epochs", str(config.epochs)),
            *("--out", str(out / "training")),
        ],
    )
    yield (
        "Screen the export with it, and with the masks of the simulation",
        [
            *("screen", "--export", str(export), "--model", str(model)),
            *("--masks", str(made / "masks.csv")),
            *("--out", str(out / "screening")),
        ],
    )
    yield (
        "Evaluate against the reference standard",
        [
            *("evaluate", "--results", str(out / "screening" / "results.csv")),
            *("--cohort", str(cohort), "--model", str(model), "--out", str(out / "evaluation")),
        ],
    )
    yield (
        "Pool the 2x2 tables of the sites",
        [
            *("pool", "--tables", str(out / "evaluation" / "confusion_matrices.csv")),
            *("--out", str(out / "pooling")),
        ],
    )
    yield "Write pages about it", ["report", "--run", str(out)]


def _clear(out: Path) -> None:
    """Delete what an earlier demo left, and nothing else."""
    if out.exists() and any(out.iterdir()) and not (out / _MARKER).exists():
        raise ValueError(f"--out must be empty or the folder of an earlier demo, got {out}")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / _MARKER).touch()


def _picture(out: Path) -> Path:
    """Return the picture of a screened study, one with both levels where there is one."""
    rows = [row for row in read_results(out / "screening" / "results.csv") if row.category]
    rows.sort(key=lambda row: (-len(row.levels), row.study_uid))
    pictures = out / "screening" / "pictures"
    return pictures / f"{rows[0].study_uid}.png" if rows else pictures
