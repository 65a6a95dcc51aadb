"""Which of the located vertebrae may be measured, and why the others must not.

Every locator's vertebrae take this road, in ``localise`` and in ``screen``. A reason that the
locator gave stays. Of several reasons the first found stands: metal, and what makes the mask
doubtful, before what makes the bone doubtful.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.localisation.trust.agreement import COMPARED, disagreements, uneven_levels
from ctbone.localisation.trust.attenuation import attenuation_doubts, attenuation_flags
from ctbone.localisation.trust.configuration import TRUST, TrustConfig
from ctbone.localisation.trust.doubt import Doubt, doubted, flagged
from ctbone.localisation.trust.evidence import Evidence, gather_evidence
from ctbone.localisation.trust.shape import (
    POSTERIOR_MM,
    dent_loss,
    fracture_doubt,
    height_loss,
    size_doubt,
    spacing_doubts,
)
from ctbone.records import Flag, VertebraLocalisation
from ctbone.volume import CTVolume


def assess(
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    *,
    config: TrustConfig = TRUST,
    levels: Collection[VertebralLevel] | None = None,
) -> tuple[VertebraLocalisation, ...]:
    """Return the same vertebrae, each with the reason why it must not be measured, if any.

    Args:
        volume: The CT.
        vertebrae: What was located, from cranial to caudal.
        config: The thresholds.
        levels: Whose attenuation is looked at, which takes a tenth of a second each; by default
            all from T4 down to L6. Field, heights and distances are checked in every one.
    """
    spacing = spacing_doubts(vertebrae, config=config)
    found: list[VertebraLocalisation] = []
    seen: dict[VertebralLevel, Evidence] = {}
    for vertebra in vertebrae:
        assessed = doubted(vertebra, _field_doubt(vertebra))
        wanted = vertebra.level in (POSTERIOR_MM if levels is None else levels)
        if assessed.reason is None and wanted:
            seen[vertebra.level] = gather_evidence(volume, vertebra, config=config)
        loss = height_loss(vertebra, vertebrae)
        evidence = seen.get(vertebra.level)
        dented = None if evidence is None else dent_loss(vertebra, evidence.dents_mm)
        worst = max(filter(None, (loss, dented)), default=None)
        for doubt in _doubts(evidence, worst, spacing.get(vertebra.level), config):
            assessed = doubted(assessed, doubt)
        found.append(flagged(assessed, *_flags(evidence, loss, config)))
    return _compared(found, seen, config)


def assessed_levels(levels: Sequence[VertebralLevel]) -> frozenset[VertebralLevel]:
    """Return the levels whose attenuation has to be looked at to measure some: neighbours too."""
    orders = [level.order for level in levels]
    near = [v for v in COMPARED if min(orders) - 1.0 <= v.order <= max(orders) + 1.0]
    return frozenset((*levels, *near))


def _field_doubt(vertebra: VertebraLocalisation) -> Doubt | None:
    if vertebra.is_whole:
        return None
    detail = "expected the whole body in the field of view, found it cut by the edge"
    return Doubt(Reason.TRUNCATED, detail)


def _doubts(
    evidence: Evidence | None,
    loss: tuple[float, str] | None,
    spacing: Doubt | None,
    config: TrustConfig,
) -> Iterator[Doubt]:
    """Yield every doubt about one vertebra: about its mask first, then about its bone."""
    about_bone = [] if evidence is None else list(attenuation_doubts(evidence, config=config))
    size = None if evidence is None else size_doubt(evidence, config=config)
    # Metal is sure, and cement alone can lift a whole body beyond what bone can have.
    for reason in (Reason.TRUNCATED, Reason.METAL, Reason.IMPLAUSIBLE_ATTENUATION):
        yield from (doubt for doubt in about_bone if doubt.reason is reason)
    yield from (doubt for doubt in (spacing, size) if doubt is not None)
    if (broken := fracture_doubt(loss, config=config)) is not None:
        yield broken
    yield from about_bone


def _flags(
    evidence: Evidence | None, loss: tuple[float, str] | None, config: TrustConfig
) -> tuple[Flag, ...]:
    flags = () if evidence is None else attenuation_flags(evidence, config=config)
    if loss is not None and loss[0] > config.borderline_loss:
        return (*flags, Flag.BORDERLINE_HEIGHT)
    return flags


def _compared(
    vertebrae: Sequence[VertebraLocalisation],
    seen: dict[VertebralLevel, Evidence],
    config: TrustConfig,
) -> tuple[VertebraLocalisation, ...]:
    able = {
        v.level: seen[v.level].trabecular for v in vertebrae if not v.reason and v.level in seen
    }
    measured = {level: found for level, found in able.items() if found is not None}
    uneven = uneven_levels(measured, config=config)
    even = {level: found for level, found in measured.items() if level not in uneven}
    doubts = uneven | disagreements(even, config=config)
    return tuple(doubted(v, doubts.get(v.level)) for v in vertebrae)
