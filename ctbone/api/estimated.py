"""Density and category of one patient: ``ctbone.estimate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

import pandas as pd

from ctbone.anatomy import VertebralLevel
from ctbone.api.frames import to_frame
from ctbone.api.given import plain, sentences, undashed
from ctbone.api.localised import Localisation, localise
from ctbone.api.options import EstimateOptions, Location, ask
from ctbone.api.scan import Scan
from ctbone.api.shown import Picture, Shown
from ctbone.api.vertebra_table import vertebra_table
from ctbone.interchange import OUTCOME_FILES, result_cells, to_row, vertebra_cells
from ctbone.localisation import picture_png
from ctbone.pages import Facts, Fragment, Note
from ctbone.records import Flag, Interval, ScreeningResult
from ctbone.report.words import NAMES, category_words, meaning
from ctbone.screening import ScreenConfig, as_taught, open_pipeline, screen_scan
from ctbone.volume import CTVolume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate(Shown):
    """What one CT says of its patient.

    Attributes:
        result: The record that ``ctbone screen`` would keep.
        scan: The CT.
        notes: What a reader of any result of these options has to know.
    """

    result: ScreeningResult = field(repr=False)
    scan: Scan = field(repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        levels = " and ".join(one.level.name for one in self.result.estimates)
        return f"Estimate({self.category}, {self._value}, {levels})"

    @property
    def category(self) -> str:
        """Category of the patient, such as ``normal``."""
        return self.result.decision.category.value

    @property
    def quantity(self) -> str:
        """What decided: ``bmd_mg_cm3``, ``trabecular_hu``, ``t_score`` or a probability."""
        return self.result.decision.quantity

    @property
    def value(self) -> float:
        """The patient's value of what decided: the mean over levels."""
        return self.result.decision.value

    @property
    def bmd_mg_cm3(self) -> Interval | None:
        """The patient's density with its 90 % limits; ``None`` without a calibration or limits."""
        d = self.result.decision
        if d.bmd_mg_cm3 is None or d.lower_mg_cm3 is None or d.upper_mg_cm3 is None:
            return None
        return Interval(d.bmd_mg_cm3, d.lower_mg_cm3, d.upper_mg_cm3)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What a reader of this result has to know."""
        return self.result.flags

    @property
    def results(self) -> pd.DataFrame:
        """The row of results.csv."""
        return to_frame([result_cells(to_row(self.result))], OUTCOME_FILES["results.csv"])

    @property
    def table(self) -> pd.DataFrame:
        """A row a level, as in vertebrae.csv."""
        return to_frame(list(vertebra_cells(self.result)), OUTCOME_FILES["vertebrae.csv"])

    @property
    def picture(self) -> Picture:
        """The spine with the outlines, and the regions that were measured."""
        result = self.result
        content = picture_png(self.scan.volume, result.vertebrae, result.estimates)
        return Picture(content=content, form="png", alt="Spine with the measured regions")

    def fragment(self) -> Fragment:
        """Return what the object shows of itself."""
        d = self.result.decision
        facts = (
            ("category", category_words(self.category)),
            ("value", self._value),
            ("levels", ", ".join(one.level.name for one in self.result.estimates)),
            ("decision rule", d.rule),
            ("measured by", self.result.model),
        )
        known = [said for flag in self.flags if (said := meaning(flag))]
        if d.indeterminate:
            known.insert(0, "Its limits straddle a cut-off: the category is not certain.")
        return Fragment(
            title="Estimate for a patient",
            pieces=(
                Facts(items=facts),
                *map(Note, known),
                self.picture.image,
                vertebra_table(self.table.query("evaluable == True")),
            ),
        )

    @property
    def _value(self) -> str:
        name, unit = NAMES.get(self.quantity, (self.quantity, ""))
        limits = self.bmd_mg_cm3 if self.quantity == "bmd_mg_cm3" else None
        text = f"{self.value:.1f}" if limits is None else f"{limits:.1f}"
        return f"{name} {text} {unit}".strip()


@sentences()
def estimate(
    source: Localisation | Scan | CTVolume | Location, **options: Unpack[EstimateOptions]
) -> Estimate:
    """Estimate the density of one patient, and decide on a category.

    Without a model or a calibration the HU line measures attenuation, and the category is that of
    an HU rule: there is no universal line from HU to mg/cm3.

    Args:
        source: What ``localise`` returned, or a CT to localise first.
        options: Those of ``ctbone screen`` that say how to measure and decide, such as ``model``
            or ``calibration``, ``rule``, ``domain`` and ``levels``; levels are those that were
            localised unless they, or a model, say otherwise.

    Raises:
        TypeError: If an option is none of these, or the source is no CT.
        ValueError: If its value is none, or a level is to be measured that was not localised.
        OutOfDomain: If the series was acquired as nothing that is measured here holds for.
        LocalisationError: If none of the levels may be measured; the message says why.
        WeightsMismatch: If weights on disk are not those of their card or of their model.
        FileNotFoundError: If there is nothing to read.
        NothingUsable: If what is to be read holds no CT.
        IngestError: If no series can be read.
    """
    given = {name: plain(value) for name, value in options.items()}
    config, taught = _asked(source, given)
    found = _localised(source, config)
    opened = open_pipeline(config, locate=lambda _: found.located)
    # Nothing is written: what a run keeps in files, the estimate holds.
    pipeline = replace(opened.pipeline, show=None, deliver=None)
    scan = found.scan
    pipeline.require(scan.series)
    result = screen_scan(scan.study, (scan.series, scan.volume), pipeline=pipeline)
    notes = (*taught, *opened.opening.warnings)
    return Estimate(result=result, scan=scan, notes=tuple(map(undashed, notes)))


def _asked(source: object, options: Mapping[str, Any]) -> tuple[ScreenConfig, list[str]]:
    """Return what a screening would be asked, and what is to be said of it."""
    fixed: dict[str, object] = {"export": ".", "out": ".", "pictures": False}
    if isinstance(source, Localisation):
        fixed |= {"trust": source.trust, **_localised_levels(source, options)}
    return as_taught(ask(ScreenConfig, options, known=EstimateOptions, **fixed))


def _localised_levels(source: Localisation, options: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the levels that were localised, as far as nothing else says which to measure."""
    # A fallback stands in for certain levels: others have none but their own.
    if options.get("model") is not None or options.get("levels"):
        return {}
    found = {"levels": _names(source.levels)}
    is_said = options.get("fallback") is not None
    return found if is_said else found | {"fallback": _names(source.fallback)}


def _localised(
    source: Localisation | Scan | CTVolume | Location, config: ScreenConfig
) -> Localisation:
    """Return a localisation that looked hard at the levels that are to be measured."""
    if not isinstance(source, Localisation):
        levels, fallback = config.levels, config.fallback
        return localise(source, levels=levels, fallback=fallback, device=config.device)
    known = _names((*source.levels, *source.fallback))
    if others := [name for name in (*config.levels, *config.fallback) if name not in known]:
        raise ValueError(
            f"expected levels that were localised, {', '.join(known)}, found {', '.join(others)}: "
            "localise with these levels too"
        )
    return source


def _names(levels: Sequence[VertebralLevel]) -> list[str]:
    return [level.name for level in levels]
