"""A whole export: ``ctbone.screen``, and ``ctbone.read_screening`` for a run that ended before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

import pandas as pd

from ctbone.api.frames import read_frame
from ctbone.api.given import sentences, to_place, undashed
from ctbone.api.options import Location, ScreenOptions, ask
from ctbone.api.shown import MOST_ROWS, Picture, Shown
from ctbone.drawing import flow_chart_text
from ctbone.pages import Fragment, Note, Row, Table
from ctbone.report.overview import chart_of
from ctbone.report.runs import Run, read_run
from ctbone.report.studies import Study, read_studies
from ctbone.report.words import category_cell, spoken, value_cell
from ctbone.screening import ScreenConfig, run_screening

#: Last characters of a UID that a table shows.
_TAIL = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screening(Shown):
    """What a screening left, as it stood when it was read.

    Pictures stay in the folder, and ``ctbone.evaluate`` reads the tables there anew; give it
    ``results`` where those that are held here are meant.

    Attributes:
        folder: Where its files lie.
        run: What its run.json says.
        studies: Every study, screened or rejected.
        results: A row a study: results.csv.
        vertebrae: A row a vertebra: vertebrae.csv.
        rejections: A row a study without a result, with the reason: rejections.csv.
    """

    folder: Path
    run: Run = field(repr=False)
    studies: tuple[Study, ...] = field(repr=False)
    results: pd.DataFrame = field(repr=False)
    vertebrae: pd.DataFrame = field(repr=False)
    rejections: pd.DataFrame = field(repr=False)

    def __repr__(self) -> str:
        return f"Screening({self._told})"

    @property
    def counts(self) -> Mapping[str, int]:
        """How many studies ended how; found is screened and rejected together."""
        return dict(self.run.stated.get("counts", {}))

    @property
    def _told(self) -> str:
        return ", ".join(f"{spoken(name)} {count}" for name, count in self.counts.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the results has to know."""
        return tuple(undashed(str(note)) for note in self.run.stated.get("warnings", ()))

    @property
    def flow(self) -> Picture:
        """Flow chart of the studies."""
        content = flow_chart_text(chart_of(self.studies)).encode()
        return Picture(content=content, form="svg", alt="The way of studies through the run")

    def picture(self, study_uid: str) -> Picture:
        """Return the picture of a study.

        Raises:
            ValueError: If the run has none of it.
        """
        path = self.folder / "pictures" / f"{study_uid}.png"
        known = {study.study_uid for study in self.studies}
        if study_uid not in known or not path.is_file():
            what = "no picture of it" if study_uid in known else "no such study"
            raise ValueError(f"expected a picture of the study {study_uid}, found {what}")
        return Picture(content=path.read_bytes(), form="png", alt="Picture of a study")

    def fragment(self) -> Fragment:
        """Return what the object shows of itself."""
        first = self.studies[:MOST_ROWS]
        more = len(self.studies) - len(first)
        table = Table(
            title="Studies",
            columns=("study", "category", "value", "levels", "why none"),
            rows=tuple(map(_row, first)),
            note=f"{more} more in .results" if more else "",
        )
        notes = tuple(Note(f"{note}.") for note in self.notes)
        return Fragment(title=f"Screening: {self._told}", pieces=(*notes, self.flow.image, table))


@sentences()
def screen(export: Location, *, out: Location, **options: Unpack[ScreenOptions]) -> Screening:
    """Screen every study of an export, or go on where the same call was stopped.

    Args:
        export: Folder of DICOM or NIfTI files, in any layout.
        out: Folder for what ``ctbone screen`` leaves; catalogue.sqlite3 in it is identifying.
        options: Those of ``ctbone screen``, which ``ctbone screen --help`` describes. Most asked
            for are ``masks``, ``levels`` and ``fallback``; ``model`` or ``calibration``, and
            ``rule``; ``series``, ``domain`` and ``trust``; ``review``; ``workers`` and ``device``.

    Raises:
        TypeError: If an option is none of these.
        ValueError: If its value is none, or the export is no folder.
        FileNotFoundError: If a file that an option names is not there.
        NothingUsable: If the export holds no study.
        WeightsMismatch: If weights on disk are not those of their card or of their model.
        WorkersLost: If no process can be had that screens; the same call goes on later.
        OSError: If the disk is full; the same call goes on later.
    """
    config = ask(ScreenConfig, options, known=ScreenOptions, export=export, out=out)
    run_screening(config)
    return read_screening(config.out)


@sentences()
def read_screening(folder: Location) -> Screening:
    """Return what an earlier ``ctbone screen`` left in a folder.

    Raises:
        FileNotFoundError: If there is no such folder.
        NothingUsable: If nothing ran in it.
        ValueError: If another command did, or its tables are not sound.
    """
    # A notebook may change its folder afterwards.
    place = to_place(folder, name="folder").absolute()
    if not place.is_dir():
        raise FileNotFoundError(f"expected the folder of a screening, found none at {place}")
    run = read_run(place)
    if run.command != "screen":
        found = f"a run of ctbone {run.command}"
        raise ValueError(f"expected a run of ctbone screen in {place}, found {found}")
    return Screening(
        folder=place,
        run=run,
        studies=read_studies(run),
        results=read_frame(place / "results.csv"),
        vertebrae=read_frame(place / "vertebrae.csv"),
        rejections=read_frame(place / "rejections.csv"),
    )


def _row(study: Study) -> Row:
    uid = study.study_uid
    name = uid if len(uid) <= _TAIL else f"\u2026{uid[-_TAIL:]}"
    levels = ", ".join(study.levels)
    return (name, category_cell(study), value_cell(study), levels, spoken(study.reason))
