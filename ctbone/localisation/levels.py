"""Which level each vertebra of a chain is.

The levels of a chain are the states of a hidden Markov model. Each vertebra speaks for the levels
that the network sees in its body and for those that carry ribs, if ribs meet it, or do not. Two
neighbours have consecutive levels, with a small prior for what varies between people (eleven or
thirteen pairs of ribs, four or six lumbar vertebrae) and for a vertebra that was missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.decode import Candidate, DecodeConfig

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

#: Between these orders vertebrae carry ribs.
_T1, _L1 = VertebralLevel.T1.order, VertebralLevel.L1.order

#: Levels that the regular order passes over.
_SUPERNUMERARY = (VertebralLevel.T13, VertebralLevel.L6)


@dataclass(frozen=True, eq=False)
class Reading:
    """What the levels of a chain are, how sure that is, and what else they could be.

    Attributes:
        levels: The most probable sequence.
        confidences: Probability of each of its levels, from 0 to 1, shape ``(N,)``.
        marginals: Probability of each level for each vertebra, shape ``(N, K)``.
        alternative: The most probable sequence that names every vertebra otherwise.
        share: Probability of that alternative relative to both together.
        against: How many nats the network's own view of the levels, ribs left aside, would rather
            have another sequence; 0 where it reads the same.
    """

    levels: tuple[VertebralLevel, ...]
    confidences: Floats
    marginals: Floats
    alternative: tuple[VertebralLevel, ...]
    share: float
    against: float


def read_levels(
    chain: list[Candidate], *, levels: tuple[VertebralLevel, ...], config: DecodeConfig
) -> Reading:
    """Name the vertebrae of a chain.

    Args:
        chain: From cranial to caudal, at least one.
        levels: What each entry of a candidate's evidence stands for.
        config: How far to trust the evidence.
    """
    views = config.evidence_weight * np.stack([c.evidence for c in chain])
    emissions = views + _rib_evidence(chain, levels, config)
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
        against=_viterbi(views, steps)[1] - _path_score(views, steps, best),
    )


def _rib_evidence(
    chain: list[Candidate], levels: tuple[VertebralLevel, ...], config: DecodeConfig
) -> Floats:
    """Return what the ribs at each vertebra say of its level, log-probabilities, ``(N, K)``."""
    with_ribs = np.array([_T1 <= level.order < _L1 for level in levels])
    seen = np.array([candidate.ribs for candidate in chain])[:, None]
    seen = config.rib_error + (1.0 - 2.0 * config.rib_error) * seen
    return np.asarray(np.log(np.where(with_ribs, seen, 1.0 - seen)))


def _path_score(emissions: Floats, steps: list[Floats], path: list[int]) -> float:
    moves = sum(step[a, b] for step, (a, b) in zip(steps, pairwise(path), strict=True))
    return float(emissions[np.arange(len(path)), path].sum() + moves)


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
