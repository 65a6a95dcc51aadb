"""Reasons that the attenuation in and around a body gives."""

from __future__ import annotations

from collections.abc import Iterator

from ctbone.errors import Reason
from ctbone.localisation.trust.configuration import TrustConfig
from ctbone.localisation.trust.doubt import Doubt
from ctbone.localisation.trust.evidence import Evidence
from ctbone.records import Flag


def attenuation_doubts(evidence: Evidence, *, config: TrustConfig) -> Iterator[Doubt]:
    """Yield what the attenuation of a body says against measuring it, the gravest first."""
    checks = (_field, _metal, _implausible, _degeneration, _lesion, _unmeasured)
    for check in checks:
        if (doubt := check(evidence, config)) is not None:
            yield doubt


def attenuation_flags(evidence: Evidence, *, config: TrustConfig) -> tuple[Flag, ...]:
    """Return mild doubts: metal that lies nearby, end plates that are a little dense."""
    flags = []
    if evidence.metal_beside_mm3 >= config.metal_nearby_mm3:
        flags.append(Flag.METAL_NEARBY)
    if evidence.plate_hu is not None and evidence.plate_hu >= config.plate_doubt_hu:
        flags.append(Flag.UNEVEN_END_PLATES)
    return tuple(flags)


def _field(evidence: Evidence, config: TrustConfig) -> Doubt | None:
    if evidence.padding <= config.padding_share:
        return None
    return Doubt(
        Reason.TRUNCATED,
        f"expected tissue round the body, found {evidence.padding:.0%} outside the scanned field",
    )


def _metal(evidence: Evidence, config: TrustConfig) -> Doubt | None:
    inside, beside = evidence.metal_inside_mm3, evidence.metal_beside_mm3
    if inside < config.metal_inside_mm3 and beside < config.metal_beside_mm3:
        return None
    return Doubt(
        Reason.METAL,
        f"expected bone below {config.metal_hu:g} HU, found metal or cement: {inside:.0f} mm3 in "
        f"the body, {beside:.0f} mm3 in it and within {config.beside_mm:g} mm",
    )


def _implausible(evidence: Evidence, config: TrustConfig) -> Doubt | None:
    found = _implausible_finding(evidence, config)
    return None if found is None else Doubt(Reason.IMPLAUSIBLE_ATTENUATION, found)


def _implausible_finding(evidence: Evidence, config: TrustConfig) -> str | None:
    if evidence.gas_mm3 >= config.gas_mm3:
        return f"expected bone, found {evidence.gas_mm3:.0f} mm3 below {config.gas_hu:g} HU in it"
    if evidence.median_hu is None or evidence.wall_hu is None:
        return None
    if not config.least_hu <= evidence.median_hu <= config.most_hu:
        limits = f"{config.least_hu:g} to {config.most_hu:g} HU"
        return f"expected an inside of {limits}, found {evidence.median_hu:.0f}"
    if evidence.wall_hu < config.wall_hu:
        return (
            f"expected a wall at least {config.wall_hu:g} HU denser than the inside, "
            f"found {evidence.wall_hu:.0f}"
        )
    return None


def _degeneration(evidence: Evidence, config: TrustConfig) -> Doubt | None:
    if evidence.plate_hu is None or evidence.plate_hu < config.plate_hu:
        return None
    return Doubt(
        Reason.SEVERE_DEGENERATION,
        f"expected bone near the end plates within {config.plate_hu:g} HU of the middle, found "
        f"{evidence.plate_hu:.0f} more: sclerosis",
    )


def _lesion(evidence: Evidence, config: TrustConfig) -> Doubt | None:
    if evidence.hole_mm3 >= config.hole_mm3:
        kind, size, limit, apart = "below", evidence.hole_mm3, config.hole_mm3, config.focus_hu
    elif evidence.dense_mm3 >= config.dense_mm3:
        kind, size, limit, apart = "above", evidence.dense_mm3, config.dense_mm3, config.dense_hu
    else:
        return None
    return Doubt(
        Reason.FOCAL_LESION,
        f"expected no region over {limit:g} mm3 more than {apart:g} HU {kind} the rest of the "
        f"inside, found {size:.0f} mm3",
    )


def _unmeasured(evidence: Evidence, config: TrustConfig) -> Doubt | None:
    del config
    return None if not evidence.refusal else Doubt(Reason.NOT_EVALUABLE, evidence.refusal)
