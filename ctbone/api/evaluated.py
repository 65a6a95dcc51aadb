"""Results against their reference: ``ctbone.evaluate``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Unpack

import pandas as pd

from ctbone.api.frames import as_file, read_frame
from ctbone.api.given import sentences, to_place
from ctbone.api.options import EvaluateOptions, Location, ask
from ctbone.api.screened import Screening
from ctbone.api.shown import Picture, Shown, folded_notes
from ctbone.drawing import flow_chart_text
from ctbone.evaluation import EvaluateConfig, run_evaluation
from ctbone.evaluation.figures.flow import chart_of
from ctbone.evaluation.findings import Findings
from ctbone.evaluation.page.tables import headline, matrix
from ctbone.pages import Fragment
from ctbone.plurals import counted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation(Shown):
    """What an evaluation found.

    Attributes:
        findings: Everything, as records.
        accuracy: A row a group, target and quantity, with limits: accuracy.csv.
        tables: 2x2 tables as ``pool`` takes them: confusion_matrices.csv.
        folder: Where its files lie; ``None`` where none were asked for.
    """

    findings: Findings = field(repr=False)
    accuracy: pd.DataFrame = field(repr=False)
    tables: pd.DataFrame = field(repr=False)
    folder: Path | None = None

    def __repr__(self) -> str:
        whole = self.findings.whole[0]
        parts = [counted(len(whole.cases), "patient")]
        for target, found in whole.targets.items():
            sens, spec = found.accuracy.sensitivity, found.accuracy.specificity
            if sens is not None and spec is not None:
                told = f"sensitivity {sens.estimate:.2f}, specificity {spec.estimate:.2f}"
                parts.append(f"{target.value} {told}")
        return f"Evaluation({'; '.join(parts)})"

    @property
    def notes(self) -> tuple[str, ...]:
        """What speaks against the tables, a sentence each."""
        return tuple(caution.sentence for caution in self.findings.cautions)

    @property
    def confusion(self) -> pd.DataFrame:
        """Patients by reference category (rows) and answer of the index test (columns)."""
        found = self.findings.whole[0].matrix
        answers = [category.value for category in found.classes]
        return pd.DataFrame(
            [[*row, lost] for row, lost in zip(found.counts, found.nonevaluable, strict=True)],
            index=pd.Index(["normal", "osteopenia", "osteoporosis"], name="reference"),
            columns=[*answers, "no_result"],
        )

    @property
    def flow(self) -> Picture:
        """Flow chart of the patients, as STARD wants it."""
        content = flow_chart_text(chart_of(self.findings.flow)).encode()
        return Picture(content=content, form="svg", alt="The way of patients into the tables")

    def fragment(self) -> Fragment:
        """Return what the object shows of itself."""
        found = self.findings
        return Fragment(
            title=f"Evaluation of {found.study}",
            pieces=(
                headline(found.whole, found.confidence),
                matrix(found.whole[0]),
                *folded_notes(self.notes),
                self.flow.image,
            ),
        )


@sentences()
def evaluate(
    results: Screening | pd.DataFrame | Location,
    cohort: pd.DataFrame | Location,
    *,
    out: Location | None = None,
    against: Screening | pd.DataFrame | Location | None = None,
    **options: Unpack[EvaluateOptions],
) -> Evaluation:
    """Compare results with their reference, patient by patient.

    A frame is its rows alone: nothing lies beside it, as beside results.csv does vertebrae.csv, by
    which levels are compared, and run.json, which says what measured; and as beside cohort.csv
    does run.json, which says that its patients are simulated.

    Args:
        results: A screening, its frame of results or one made of it, or results.csv.
        cohort: Reference results, as a frame with the columns of cohort.csv or as the file.
        out: Folder for what ``ctbone evaluate`` leaves; nothing is kept without it.
        against: Results of another test for the same patients, in any form of these.
        options: Those of ``ctbone evaluate``, which ``ctbone evaluate --help`` describes:
            ``splits``, ``study``, ``confidence``, ``review`` and others.

    Raises:
        TypeError: If an option is none of these, or a table is none.
        ValueError: If its value is none, or a table is not what it should be.
        FileNotFoundError: If a file is not there.
        NothingUsable: If no patient of the chosen splits has a result and a reference.
    """
    with ExitStack() as stack:
        fixed: dict[str, object] = {
            "results": stack.enter_context(_table(results, "results")),
            "cohort": stack.enter_context(_table(cohort, "cohort")),
            "out": stack.enter_context(TemporaryDirectory()) if out is None else out,
        }
        if against is not None:
            fixed["against"] = stack.enter_context(_table(against, "against"))
        asked: EvaluateOptions = options
        if out is None:
            # Nobody would see them.
            asked = {**options, "figures": False, "page": False}
        config = ask(EvaluateConfig, asked, known=EvaluateOptions, **fixed)
        findings, _ = run_evaluation(config)
        return Evaluation(
            findings=findings,
            accuracy=read_frame(config.out / "accuracy.csv"),
            tables=read_frame(config.out / "confusion_matrices.csv"),
            folder=None if out is None else config.out,
        )


@contextmanager
def _table(source: Screening | pd.DataFrame | Location, name: str) -> Iterator[Path]:
    """Give a table as a file, for as long as the block runs."""
    match source:
        case Screening():
            yield source.folder / "results.csv"
        case pd.DataFrame():
            with as_file(source, name) as path:
                yield path
        case _:
            what = "a Screening, a frame or a path" if name != "cohort" else "a frame or a path"
            yield to_place(source, name=name, expected=what)
