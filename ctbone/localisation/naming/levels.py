"""Which level each vertebra of a chain is: the chain laid along every spine that people have.

A vertebra looks like something beside its neighbours: it bears ribs or not, it is of the neck or
of the sacrum. Where the looks change from one vertebra to the next there is a landmark (first
ribs, last ribs, sacrum), and every level follows from it by counting. Landmarks that disagree with
the regular count speak for an unusual spine; which one can often not be told from one landmark, or
from two, so that all spines are weighed by how common they are and by how well the chain fits
them. What is left to choose from is the doubt about a level, and without a landmark in view
nothing is sure.

Forward and backward passes of a hidden Markov model (Rabiner, Proc IEEE 1989;77:257) sum over all
spines and places; states are vertebrae of spines, and a step is one vertebra down, or two where
one was missed, or none where one was taken for two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.naming.builds import builds_of
from ctbone.localisation.naming.candidates import Candidate, DecodeConfig
from ctbone.localisation.naming.spines import Looks, Spine, known_spines

Floats = NDArray[np.float64]

#: A log-probability that stands for "cannot be".
_NEVER = -1e6

#: Levels in the order of the columns of marginals.
_ORDER = tuple(VertebralLevel)


@dataclass(frozen=True, eq=False)
class Reading:
    """What the levels of a chain are, how sure that is, and what else they could be.

    Attributes:
        levels: The most probable sequence.
        looks: What each vertebra looks like in the spine of that sequence.
        confidences: Probability of each of its levels, from 0 to 1, shape ``(N,)``.
        runners_up: The most probable other level of each vertebra.
        marginals: Probability of each level of ``VertebralLevel`` for each vertebra, shape
            ``(N, levels)``.
    """

    levels: tuple[VertebralLevel, ...]
    looks: tuple[Looks, ...]
    confidences: Floats
    runners_up: tuple[VertebralLevel, ...]
    marginals: Floats

    def share_of(self, levels: Sequence[VertebralLevel]) -> Floats:
        """Return the probability that each vertebra is one of some levels, shape ``(N,)``."""
        return np.asarray(self.marginals[:, [_ORDER.index(n) for n in levels]].sum(axis=1))


def read_levels(
    chain: list[Candidate], *, levels: tuple[VertebralLevel, ...], config: DecodeConfig
) -> Reading:
    """Name the vertebrae of a chain.

    Args:
        chain: From cranial to caudal, at least one.
        levels: What each entry of a candidate's ``levels`` stands for.
        config: How far to trust the evidence.
    """
    spines = known_spines()
    table = _Table.of(spines)
    emissions = _emissions(chain, table, levels, config)
    steps = _steps(chain, config)
    best = _viterbi(emissions, steps, table.start)
    named = table.level[best]
    marginals = _marginals(emissions, steps, table)
    rows, columns = np.arange(len(chain)), [_ORDER.index(VertebralLevel(n)) for n in named]
    others = marginals.copy()
    others[rows, columns] = -1.0
    return Reading(
        levels=tuple(VertebralLevel(n) for n in named),
        looks=tuple(Looks(n) for n in table.looks[best]),
        confidences=np.minimum(marginals[rows, columns], 1.0),
        runners_up=tuple(_ORDER[k] for k in others.argmax(axis=1)),
        marginals=marginals,
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """Spines side by side, shape ``(S, E)``; what shorter ones lack has level 0."""

    level: NDArray[np.int_]
    looks: NDArray[np.int_]
    kinds: Floats
    rib: Floats
    start: Floats

    @staticmethod
    def of(spines: tuple[Spine, ...]) -> _Table:
        shape = (len(spines), max(len(spine.levels) for spine in spines))
        level, looks = np.zeros(shape, dtype=int), np.zeros(shape, dtype=int)
        kinds, rib, start = np.full((*shape, 4), 0.25), np.full(shape, 0.5), np.full(shape, _NEVER)
        for row, spine in enumerate(spines):
            n = len(spine.levels)
            level[row, :n], looks[row, :n] = spine.levels, spine.looks
            builds = builds_of(spine)
            kinds[row, :n] = [build.kinds for build in builds]
            rib[row, :n] = [build.rib for build in builds]
            start[row, :n] = np.log(spine.share)
        return _Table(level, looks, kinds, rib, start)


def _emissions(
    chain: list[Candidate],
    table: _Table,
    levels: tuple[VertebralLevel, ...],
    config: DecodeConfig,
) -> Floats:
    """Return how well each vertebra fits each place, log-probabilities, shape ``(N, S, E)``."""
    seen = np.einsum("nk,sek->nse", np.stack([c.kinds for c in chain]), table.kinds)
    # A rib that is out of view may be there or not.
    ribs = np.array([0.5 if c.rib is None else c.rib for c in chain])[:, None, None]
    beside = ribs * table.rib + (1.0 - ribs) * (1.0 - table.rib)
    fit = config.looks_weight * (np.log(seen) + np.log(beside))
    read = np.full((len(chain), max(VertebralLevel) + 1), config.level_error / len(levels))
    own = np.stack([c.levels for c in chain])
    read[:, list(levels)] += (1.0 - config.level_error) * own
    fit = fit + config.level_weight * np.log(read)[:, table.level]
    return np.where(table.level > 0, fit, _NEVER)


def _steps(chain: list[Candidate], config: DecodeConfig) -> Floats:
    """Return the log-probability of none, one or two vertebrae down, shape ``(N - 1, 3)``."""
    gaps = np.asarray([np.linalg.norm(b.position_mm - a.position_mm) for a, b in pairwise(chain)])
    shares = (config.doubled, 1.0 - config.doubled - config.missed, config.missed)
    logs = [
        [
            np.log(share * _near(ratio, expected, config))
            for share, expected in zip(shares, (0.5, 1.0, 2.0), strict=True)
        ]
        for ratio in _ratios(gaps)
    ]
    return np.asarray(logs).reshape(-1, 3)


def _ratios(gaps: Floats) -> Floats:
    """Return each gap relative to the median of those about it, itself left out."""
    if len(gaps) < 3:
        return np.ones_like(gaps)
    others = [np.r_[gaps[max(i - 2, 0) : i], gaps[i + 1 : i + 3]] for i in range(len(gaps))]
    return np.asarray([gap / np.median(o) for gap, o in zip(gaps, others, strict=True)])


def _near(ratio: float, expected: float, config: DecodeConfig) -> float:
    return float(np.exp(-0.5 * ((ratio - expected) / config.ratio_sd) ** 2)) + 1e-9


def _shifted(score: Floats, step: Floats) -> Floats:
    """Return the score of reaching each place by none, one or two steps down, ``(3, S, E)``."""
    moved = np.full((3, *score.shape), _NEVER)
    for down in range(3):
        moved[down, :, down:] = score[:, : score.shape[1] - down] + step[down]
    return moved


def _viterbi(emissions: Floats, steps: Floats, start: Floats) -> tuple[NDArray[np.int_], ...]:
    """Return spine and place of each vertebra on the best path, as indices into the table."""
    score, back = start + emissions[0], []
    for emission, step in zip(emissions[1:], steps, strict=True):
        moved = _shifted(score, step)
        back.append(moved.argmax(axis=0))
        score = moved.max(axis=0) + emission
    spine, place = (int(i) for i in np.unravel_index(int(score.argmax()), score.shape))
    path = [place]
    for pointers in reversed(back):
        path.append(path[-1] - int(pointers[spine, path[-1]]))
    return np.full(len(path), spine), np.asarray(path[::-1])


def _marginals(emissions: Floats, steps: Floats, table: _Table) -> Floats:
    """Return the probability of every level for each vertebra, shape ``(N, levels)``."""
    forward = [table.start + emissions[0]]
    for emission, step in zip(emissions[1:], steps, strict=True):
        forward.append(special.logsumexp(_shifted(forward[-1], step), axis=0) + emission)
    backward = [np.zeros_like(table.start)]
    for emission, step in zip(emissions[:0:-1], steps[::-1], strict=True):
        backward.append(special.logsumexp(_unshifted(backward[-1] + emission, step), axis=0))
    joint = np.stack(forward) + np.stack(backward[::-1])
    shares = np.exp(joint - special.logsumexp(joint, axis=(1, 2), keepdims=True))
    return np.stack([shares[:, table.level == level].sum(axis=1) for level in _ORDER], 1)


def _unshifted(score: Floats, step: Floats) -> Floats:
    """Return the score of going on from each place by none, one or two steps, ``(3, S, E)``."""
    moved = np.full((3, *score.shape), _NEVER)
    for down in range(3):
        moved[down, :, : score.shape[1] - down] = score[:, down:] + step[down]
    return moved
