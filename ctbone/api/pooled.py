"""Accuracy across studies: ``ctbone.pool``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias, Unpack

import pandas as pd

from ctbone.api.evaluated import Evaluation
from ctbone.api.frames import as_file, read_frame
from ctbone.api.given import sentences, to_place, told
from ctbone.api.options import Location, PoolOptions, ask
from ctbone.api.shown import Picture, Shown, folded_notes
from ctbone.pages import Fragment
from ctbone.plurals import counted
from ctbone.pooling import Analysis, PoolConfig, run_pooling
from ctbone.pooling.figures import plate_text
from ctbone.pooling.figures.sroc import sroc
from ctbone.pooling.page.tables import headline

#: Where 2x2 tables come from.
Tables: TypeAlias = pd.DataFrame | Evaluation | Location

_SOURCE = "a frame, an Evaluation or a path"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooling(Shown):
    """What a meta-analysis found.

    Attributes:
        analyses: Everything, as records, one a target.
        summary: A row a target and quantity, with limits: summary.csv.
        subgroups: A row a target, covariate and group: subgroups.csv.
        notes: What a reader has to know, a sentence each.
        folder: Where its files lie; ``None`` where none were asked for.
    """

    analyses: tuple[Analysis, ...] = field(repr=False)
    summary: pd.DataFrame = field(repr=False)
    subgroups: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    folder: Path | None = None

    def __repr__(self) -> str:
        return f"Pooling({'; '.join(map(_said, self.analyses))})"

    def __getitem__(self, target: str) -> Analysis:
        """Return the analysis of a target.

        Raises:
            KeyError: If it was not pooled.
        """
        for analysis in self.analyses:
            if analysis.target == target:
                return analysis
        names = ", ".join(analysis.target or "no target" for analysis in self.analyses)
        raise KeyError(f"{target} was not pooled, but {names}")

    def sroc(self, target: str | None = None) -> Picture:
        """Return the summary ROC plot of a target; of the first without one.

        Raises:
            KeyError: If the target was not pooled.
        """
        plate = sroc(self.analyses[0] if target is None else self[target])
        return Picture(content=plate_text(plate).encode(), form="svg", alt=plate.alt)

    def fragment(self) -> Fragment:
        """Return what the object shows of itself."""
        return Fragment(
            title="Pooled accuracy",
            pieces=(
                headline(self.analyses),
                *folded_notes(self.notes),
                *(self.sroc(analysis.target).image for analysis in self.analyses),
            ),
        )


@sentences()
def pool(
    tables: Tables | Iterable[Tables],
    *,
    out: Location | None = None,
    **options: Unpack[PoolOptions],
) -> Pooling:
    """Pool 2x2 tables of several studies into summary accuracy.

    Args:
        tables: One source of tables or several: a file in any form that ``ctbone pool`` reads, a
            frame with the columns study, tp, fp, fn and tn, or what ``evaluate`` returned.
        out: Folder for what ``ctbone pool`` leaves; nothing is kept without it.
        options: Those of ``ctbone pool``, which ``ctbone pool --help`` describes:
            ``covariates``, ``numeric``, ``model``, ``confidence`` and others.

    Raises:
        TypeError: If an option is none of these, or a source is none.
        ValueError: If its value is none, or a source holds no tables.
        FileNotFoundError: If a file is not there.
        NothingUsable: If no target can be pooled.

    Example:
        >>> counts = {"tp": [45, 30, 25, 61], "fp": [10, 8, 3, 12]}
        >>> counts |= {"fn": [5, 6, 9, 4], "tn": [40, 52, 61, 33]}
        >>> pool(pd.DataFrame(counts | {"study": list("abcd")}))
        Pooling(all: 4 tables, sensitivity 0.87 (0.77 to 0.93), specificity 0.86 (0.74 to 0.92))
    """
    with ExitStack() as stack:
        fixed: dict[str, object] = {
            "tables": list(_files(tables, stack)),
            "out": stack.enter_context(TemporaryDirectory()) if out is None else out,
        }
        asked: PoolOptions = options if out is not None else {**options, "figures": False}
        config = ask(PoolConfig, asked, known=PoolOptions, **fixed)
        analyses, log = run_pooling(config)
        return Pooling(
            analyses=analyses,
            summary=read_frame(config.out / "summary.csv"),
            subgroups=read_frame(config.out / "subgroups.csv"),
            notes=tuple(log.warnings),
            folder=None if out is None else config.out,
        )


def _files(tables: Tables | Iterable[Tables], stack: ExitStack) -> Iterator[str]:
    several = _sources(tables)
    for number, source in enumerate(several, start=1):
        name = "tables" if len(several) == 1 else f"tables {number}"
        frame = source.tables if isinstance(source, Evaluation) else source
        if isinstance(frame, pd.DataFrame):
            yield str(stack.enter_context(as_file(frame, name)))
        else:
            yield str(to_place(frame, name=name, expected=_SOURCE))


def _sources(tables: object) -> tuple[object, ...]:
    if isinstance(tables, str | PathLike | pd.DataFrame | Evaluation):
        return (tables,)
    if isinstance(tables, Mapping | bytes) or not isinstance(tables, Iterable):
        raise TypeError(f"tables: expected {_SOURCE}, or several of these, found {told(tables)}")
    return tuple(tables)


def _said(analysis: Analysis) -> str:
    s = analysis.summary
    values = f"sensitivity {s.sensitivity:.2f}, specificity {s.specificity:.2f}"
    return f"{analysis.target or 'all'}: {counted(s.k, 'table')}, {values}"
