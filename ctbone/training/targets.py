"""What the localiser should answer to a field of view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.networks import LocaliserConfig
from ctbone.networks.localiser import KINDS
from ctbone.training.cases import ARCH, RIB, UNKNOWN, Case
from ctbone.training.losses import UNKNOWN_SHARE

Floats = NDArray[np.float32]

#: Standard deviation of the heat about the centre of a body, millimetres.
_HEAT_MM = 8.0


def to_targets(case: Case, *, config: LocaliserConfig) -> Floats:
    """Return heat, body share, index of the level plus one, that of the kind, then the context.

    Both indices are 0 where there is no vertebra and no rib, or nobody knows which. Ribs and
    arches carry the level of the vertebra that they belong to, so that the network learns to trace
    them there. Heat and shares are ``UNKNOWN_SHARE`` where nobody has looked: the loss leaves that
    out.
    """
    heat = np.zeros(case.hu.shape, dtype=np.float32)
    for centre in case.centres:
        _add_heat(heat, centre, sigma=_HEAT_MM / config.spacing_mm)
    level = np.zeros(256, dtype=np.float32)
    for k, one in enumerate(config.vertebral_levels):
        level[[one, one + RIB, one + ARCH]] = k + 1
    is_rib = (case.labels >= RIB) & (case.labels < ARCH)
    context = {
        "ribs": is_rib,
        "arches": (case.labels >= ARCH) & (case.labels < UNKNOWN),
        "discs": case.disc.astype(np.float32) / np.float32(255.0),
    }
    places = [heat, case.body.astype(np.float32) / np.float32(255.0)]
    places += [context[name].astype(np.float32) for name in config.context]
    for name in set(config.context) & set(case.unlabelled):
        places[2 + config.context.index(name)][...] = UNKNOWN_SHARE
    for share in places:
        share[case.labels == UNKNOWN] = UNKNOWN_SHARE
    kind = np.zeros(256, np.float32) if "kinds" in case.unlabelled else _kinds(case.ribbed)
    return np.stack([*places[:2], level[case.labels], kind[case.labels], *places[2:]])


def _kinds(ribbed: NDArray[np.uint8]) -> Floats:
    """Return the index of the kind plus one of every label, given which levels bear ribs."""
    kinds = np.zeros(256, dtype=np.float32)
    order = sorted(VertebralLevel, key=lambda level: level.order)
    with_ribs = [level for level in order if level in ribbed]
    for level in order:
        kinds[[level, level + ARCH]] = 1 + KINDS.index(_kind(level, with_ribs))
    for level in with_ribs:
        kinds[level + RIB] = 1 + KINDS.index("rib")
    for name, ends in (("first_rib", with_ribs[:1]), ("last_rib", with_ribs[-1:])):
        kinds[[level + RIB for level in ends]] = 1 + KINDS.index(name)
    return kinds


def _kind(level: VertebralLevel, with_ribs: list[VertebralLevel]) -> str:
    if level is VertebralLevel.S1:
        return "sacral"
    if level in with_ribs:
        return "ribbed"
    above = bool(with_ribs) and level.order < with_ribs[0].order
    return "neck" if above else "lumbar"


def _add_heat(heat: Floats, centre: Floats, *, sigma: float) -> None:
    box = around(centre, np.full(3, 3.0 * sigma), heat.shape)
    away = sum((g - c) ** 2 for g, c in zip(np.ogrid[box], centre, strict=True))
    heat[box] = np.maximum(heat[box], np.exp(-0.5 * away / sigma**2).astype(np.float32))


def around(
    centre: NDArray[np.floating], reach: NDArray[np.floating], shape: tuple[int, ...]
) -> tuple[slice, slice, slice]:
    """Return the part of an array within a reach of an index."""
    low = np.clip(np.floor(centre - reach), 0, shape).astype(int)
    high = np.clip(np.ceil(centre + reach) + 1, 0, shape).astype(int)
    i, j, k = (slice(int(a), int(max(a, b))) for a, b in zip(low, high, strict=True))
    return i, j, k
