"""From the localiser's maps to named vertebrae: peaks, one chain of them, and its levels.

The three steps use different evidence. Peaks are local maxima of the heat of body centres. The
chain is the run of peaks, one below the other, that holds the most heat. The levels of a chain are
the states of a hidden Markov model: each vertebra speaks for the levels that the network sees in
its body, and consecutive vertebrae have consecutive levels, with a small prior for what varies
between people (eleven or thirteen pairs of ribs, four or six lumbar vertebrae) and for a vertebra
that was missed. Positions are LPS millimetres; chains run from cranial to caudal.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from ctbone.anatomy import VertebralLevel

Floats = NDArray[np.float64]

#: A log-probability that stands for "cannot be".
_NEVER = -1e6

#: Variants of the regular order: from, to, and prior probability. Design choices, set below the
#: few per cent that are usual in people, so that only clear evidence carries a variant.
_VARIANTS: tuple[tuple[VertebralLevel, VertebralLevel, float], ...] = (
    (VertebralLevel.T12, VertebralLevel.T13, 0.01),
    (VertebralLevel.T11, VertebralLevel.L1, 0.01),
    (VertebralLevel.L5, VertebralLevel.L6, 0.01),
    (VertebralLevel.L4, VertebralLevel.S1, 0.01),
)

#: Levels that the regular order passes over.
_SUPERNUMERARY = (VertebralLevel.T13, VertebralLevel.L6)


@dataclass(frozen=True, kw_only=True)
class DecodeConfig:
    """How maps become vertebrae."""

    min_heat: float = 0.2
    """Least heat of a peak, from 0 to 1."""
    min_vertebrae: int = 2
    """Fewest vertebrae that make a spine."""
    spacing_mm: tuple[float, float] = (14.0, 62.0)
    """Least and greatest distance between neighbours in a chain, millimetres."""
    max_slope: float = 1.0
    """Greatest ratio of the sideways to the downward step between neighbours."""
    evidence_weight: float = 0.5
    """Power given to each vertebra's evidence: neighbours see much the same, so their evidence is
    not independent and counts for less than it says."""
    missed: float = 0.01
    """Prior probability that a vertebra between two neighbours was missed."""
    ratio_sd: float = 0.2
    """Standard deviation of the distance between neighbours, relative to those about them."""
    min_confidence: float = 0.9
    """Least probability with which a level is named; below it the study is refused."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A place that may be the centre of a vertebral body.

    Attributes:
        position_mm: Where, shape ``(3,)``.
        heat: How sure the network is that it is one, from 0 to 1.
        evidence: Log-probability of each level the network knows, shape ``(K,)``.
        ribs: How surely ribs meet it, from 0 to 1.
    """

    position_mm: Floats
    heat: float
    evidence: Floats
    ribs: float = 0.0


@dataclass(frozen=True, eq=False)
class Reading:
    """What the levels of a chain are, how sure that is, and what else they could be.

    Attributes:
        levels: The most probable sequence.
        confidences: Probability of each of its levels, from 0 to 1, shape ``(N,)``.
        marginals: Probability of each level for each vertebra, shape ``(N, K)``.
        alternative: The most probable sequence that names every vertebra otherwise.
        share: Probability of that alternative relative to both together.
    """

    levels: tuple[VertebralLevel, ...]
    confidences: Floats
    marginals: Floats
    alternative: tuple[VertebralLevel, ...]
    share: float


def find_peaks(heat: NDArray[np.float32], *, min_heat: float) -> list[tuple[Floats, float]]:
    """Return the local maxima of a heat map, to a fraction of a voxel, hottest first.

    Args:
        heat: From 0 to 1, shape ``(L, P, S)``.
        min_heat: Least heat of a maximum.

    Returns:
        Index, shape ``(3,)``, and heat of each.
    """
    smooth = ndimage.gaussian_filter(heat, 0.7)
    is_peak = (smooth == ndimage.maximum_filter(smooth, size=5)) & (smooth >= 0.5 * min_heat)
    # A centre between two voxels makes both of them maxima: one of each group stands for it.
    groups, count = ndimage.label(is_peak, structure=np.ones((3, 3, 3)))
    tops = ndimage.maximum_position(is_peak, groups, range(1, count + 1))
    found = [(_centre(smooth, np.asarray(top)), _top(heat, np.asarray(top))) for top in tops]
    return sorted((peak for peak in found if peak[1] >= min_heat), key=lambda peak: -peak[1])


def find_chain(candidates: list[Candidate], *, config: DecodeConfig) -> list[Candidate]:
    """Return the run of candidates that holds the most heat, from cranial to caudal."""
    ordered = sorted(candidates, key=lambda c: -c.position_mm[2])
    best: list[float] = []
    before: list[int] = []
    for i, candidate in enumerate(ordered):
        scores = [best[j] + _link(ordered[j], candidate, config) for j in range(i)]
        j = int(np.argmax(scores)) if scores else -1
        joins = j >= 0 and scores[j] > 0.0
        best.append(candidate.heat + (scores[j] if joins else 0.0))
        before.append(j if joins else -1)
    return [ordered[i] for i in _walk_back(best, before)]


def read_levels(
    chain: list[Candidate], *, levels: tuple[VertebralLevel, ...], config: DecodeConfig
) -> Reading:
    """Name the vertebrae of a chain.

    Args:
        chain: From cranial to caudal, at least one.
        levels: What each entry of a candidate's evidence stands for.
        config: How far to trust the evidence.
    """
    emissions = config.evidence_weight * np.stack([c.evidence for c in chain])
    steps = _steps(chain, levels, config)
    best, score = _viterbi(emissions, steps)
    other = emissions.copy()
    other[np.arange(len(chain)), best] = _NEVER
    second, second_score = _viterbi(other, steps)
    marginals = _marginals(emissions, steps)
    return Reading(
        levels=tuple(levels[k] for k in best),
        confidences=np.minimum(marginals[np.arange(len(chain)), best], 1.0),
        marginals=marginals,
        alternative=tuple(levels[k] for k in second),
        share=float(special.expit(second_score - score)),
    )


def _centre(heat: NDArray[np.float32], index: NDArray[np.int64]) -> Floats:
    """Return where the parabola through the logarithms about a maximum has its top."""
    centre = index.astype(np.float64)
    for axis, n in enumerate(heat.shape):
        if not 0 < index[axis] < n - 1:
            continue
        line = heat[tuple(slice(i - 1, i + 2) if a == axis else i for a, i in enumerate(index))]
        below, top, above = np.log(np.maximum(line.astype(np.float64), 1e-6))
        bend = below - 2.0 * top + above
        centre[axis] += (
            float(np.clip(0.5 * (below - above) / bend, -0.5, 0.5)) if bend < 0 else 0.0
        )
    return centre


def _top(heat: NDArray[np.float32], index: NDArray[np.int64]) -> float:
    box = tuple(slice(max(i - 1, 0), i + 2) for i in index)
    return float(heat[box].max())


def _link(upper: Candidate, lower: Candidate, config: DecodeConfig) -> float:
    """Return what joining two candidates is worth: 0, less where it is far, never if absurd."""
    step = upper.position_mm - lower.position_mm
    distance, sideways = float(np.linalg.norm(step)), float(np.hypot(step[0], step[1]))
    least, most = config.spacing_mm
    if not least <= distance <= most or sideways > config.max_slope * step[2]:
        return _NEVER
    # A long step passes over a vertebra, a short one meets the same vertebra twice.
    return -0.3 * (distance > 0.75 * most) - 0.5 * (distance < 1.25 * least)


def _walk_back(best: list[float], before: list[int]) -> list[int]:
    i = int(np.argmax(best)) if best else -1
    found = []
    while i >= 0:
        found.append(i)
        i = before[i]
    return found[::-1]


def _steps(
    chain: list[Candidate], levels: tuple[VertebralLevel, ...], config: DecodeConfig
) -> list[Floats]:
    """Return the log-probability of every pair of levels for each pair of neighbours."""
    one = _successors(levels)
    two = one @ one
    gaps = np.asarray([np.linalg.norm(b.position_mm - a.position_mm) for a, b in pairwise(chain)])
    return [
        _log(
            (1.0 - config.missed) * _near(ratio, 1.0, config) * one
            + config.missed * _near(ratio, 2.0, config) * two
        )
        for ratio in _ratios(gaps)
    ]


def _ratios(gaps: Floats) -> Floats:
    """Return each gap relative to the median of those about it, itself left out."""
    if len(gaps) < 3:
        return np.ones_like(gaps)
    others = [np.r_[gaps[max(i - 2, 0) : i], gaps[i + 1 : i + 3]] for i in range(len(gaps))]
    return np.asarray([gap / np.median(o) for gap, o in zip(gaps, others, strict=True)])


def _near(ratio: float, expected: float, config: DecodeConfig) -> float:
    return float(np.exp(-0.5 * ((ratio - expected) / config.ratio_sd) ** 2)) + 1e-9


def _successors(levels: tuple[VertebralLevel, ...]) -> Floats:
    """Return the prior probability that one level follows another, shape ``(K, K)``."""
    order = {level: k for k, level in enumerate(levels)}
    prior = np.zeros((len(levels), len(levels)))
    for k, level in enumerate(levels):
        following = [m for m in levels[k + 1 :] if m not in _SUPERNUMERARY]
        variants = [(b, p) for a, b, p in _VARIANTS if a is level and b in order]
        for other, share in variants:
            prior[k, order[other]] = share
        if following:
            prior[k, order[following[0]]] = 1.0 - sum(share for _, share in variants)
    return prior


def _log(prior: Floats) -> Floats:
    logs = np.full(prior.shape, _NEVER)
    np.log(prior, out=logs, where=prior > 0.0)
    return logs


def _viterbi(emissions: Floats, steps: list[Floats]) -> tuple[list[int], float]:
    score, back = emissions[0], []
    for emission, step in zip(emissions[1:], steps, strict=True):
        through = score[:, None] + step
        back.append(through.argmax(axis=0))
        score = through.max(axis=0) + emission
    path = [int(score.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1], float(score.max())


def _marginals(emissions: Floats, steps: list[Floats]) -> Floats:
    forward = [emissions[0]]
    for emission, step in zip(emissions[1:], steps, strict=True):
        forward.append(special.logsumexp(forward[-1][:, None] + step, axis=0) + emission)
    backward = [np.zeros(emissions.shape[1])]
    for emission, step in zip(emissions[:0:-1], steps[::-1], strict=True):
        backward.append(special.logsumexp(step + emission + backward[-1], axis=1))
    joint = np.stack(forward) + np.stack(backward[::-1])
    return np.asarray(np.exp(joint - special.logsumexp(joint, axis=1, keepdims=True)))
