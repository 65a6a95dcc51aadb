"""What is measured in the located vertebrae of a study, for vertebrae.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import measure, to_estimate
from ctbone.errors import LocalisationError, NotEvaluable
from ctbone.interchange import level_rows
from ctbone.localisation.trust import choose, doubted_by, missing_levels
from ctbone.patches import PatchGrid, extract
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import CTVolume

_GRID = PatchGrid()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredVertebrae:
    """The vertebrae of a study and what their trabecular regions hold.

    Attributes:
        vertebrae: What was located, each with what measuring found against it.
        estimates: One for every vertebra against which nothing speaks.
        shown: Those of the levels that the study is measured in; none where it is refused.
        missing: Levels that were asked for and not located.
        refusal: Why the study is measured in no level; ``None`` where it is in one.
    """

    vertebrae: tuple[VertebraLocalisation, ...]
    estimates: tuple[BmdEstimate, ...]
    shown: tuple[BmdEstimate, ...] = ()
    missing: tuple[VertebralLevel, ...] = ()
    refusal: LocalisationError | None = None

    @property
    def rows(self) -> list[dict[str, object]]:
        """A row of vertebrae.csv by column name for every level, from cranial to caudal."""
        return level_rows(self.vertebrae, self.estimates, missing=self.missing)


def measure_study(
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    *,
    levels: Sequence[VertebralLevel],
    fallback: Sequence[VertebralLevel] = (),
) -> MeasuredVertebrae:
    """Measure what was located in a study, and choose the levels that stand for the patient.

    Args:
        volume: The CT.
        vertebrae: What was located, each with what speaks against measuring it.
        levels: Those that are asked for.
        fallback: Those that stand in where none of them may be measured.
    """
    found, estimates = measure_vertebrae(volume, vertebrae)
    missing = missing_levels(found, levels)
    try:
        choice = choose(found, levels=levels, fallback=fallback)
    except LocalisationError as fault:
        return MeasuredVertebrae(
            vertebrae=found, estimates=tuple(estimates), missing=missing, refusal=fault
        )
    return MeasuredVertebrae(
        vertebrae=choice.among(found),
        estimates=tuple(estimates),
        shown=tuple(one for one in estimates if one.level in choice.levels),
        missing=missing,
    )


def measure_vertebrae(
    volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
) -> tuple[tuple[VertebraLocalisation, ...], list[BmdEstimate]]:
    """Measure every vertebra against which nothing speaks.

    Returns:
        The same vertebrae, those that could not be measured with the reason, and an estimate for
        each of the others.
    """
    found = tuple(vertebrae)
    estimates: list[BmdEstimate] = []
    for vertebra in vertebrae:
        if vertebra.reason is not None or not vertebra.is_whole:
            continue
        try:
            measured = measure(extract(volume, vertebra, grid=_GRID))
        except NotEvaluable as fault:
            found = doubted_by(found, vertebra.level, fault)
        else:
            estimates.append(to_estimate(measured, vertebra.level))
    return found, estimates
