"""Spines whose maps are known, and a network that answers with them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ctbone.anatomy import VertebralLevel
from ctbone.networks import LocaliserConfig
from ctbone.networks.localiser import BODY, HEAT, VERTEBRA_KINDS, fold
from ctbone.volume import CTVolume

CONFIG = LocaliserConfig()
#: Half the width, depth and height of every body of these spines, millimetres.
HALF_MM = np.array([22.0, 16.0, 13.0])
STEP_MM = 34.0

#: What a vertebra is by the first letter of its name, where nothing else is said.
KINDS = {"C": "neck", "T": "ribbed", "L": "lumbar", "S": "sacral"}


def ct(shape=(40, 40, 64), spacing_mm=4.0):
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    return CTVolume(np.zeros(shape, np.int16), affine, series_uid="1")


def _beside(away):
    """Where the ribs of a vertebra leave it: to both sides, behind it and down."""
    side, behind, above = np.moveaxis(away, -1, 0)
    return (abs(abs(side) - 33.0) < 15.0) & (abs(behind - 21.0) < 15.0) & (abs(above + 6.0) < 12.0)


class Answer(nn.Module):
    """Answers with the maps of a straight spine, whatever it is shown.

    Args:
        names: Levels from cranial to caudal, the first at the top.
        shape: Voxels of the answer.
        top_mm: Height of the first.
        kinds: What a vertebra looks like where it is not what its name says; those that look
            ribbed bear ribs.
        reads: Whether it reads the levels at all.
        sure: Logit by which the right level, and the right kind, stand above the others.
        slip: Logit by which the level below the right one does.
    """

    def __init__(
        self,
        names,
        *,
        shape=(64, 64, 96),
        top_mm=230.0,
        kinds=None,
        reads=True,
        sure=8.0,
        slip=0.0,
    ):
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))
        self.centres_mm = np.array([[78.0, 78.0, top_mm - STEP_MM * n] for n in range(len(names))])
        places = np.full((CONFIG.place_channels, *shape), -8.0, np.float32)
        labels = np.zeros((CONFIG.name_channels, *(n // 2 for n in shape)), np.float32)
        grid = np.moveaxis(np.indices(shape), 0, -1) * CONFIG.spacing_mm
        blocks = (2.0 * np.arange(shape[2] // 2) + 0.5) * CONFIG.spacing_mm
        ribs = places[2 + CONFIG.context.index("ribs")]
        for name, centre in zip(names, self.centres_mm, strict=True):
            away = grid - centre
            kind = (kinds or {}).get(name, KINDS[name[0]])
            if kind == "ribbed":
                ribs[_beside(away)] = sure
            heat = np.exp(-0.5 * (away**2).sum(axis=-1) / 64.0)
            places[HEAT] = np.maximum(places[HEAT], np.log(heat + 1e-4) - np.log(1.0001 - heat))
            share = np.clip(0.5 + ((HALF_MM - np.abs(away)) / 4.0).min(axis=-1), 0.001, 0.999)
            places[BODY] = np.maximum(places[BODY], np.log(share / (1.0 - share)))
            near = np.abs(blocks - centre[2]) < 0.5 * STEP_MM
            level = CONFIG.levels.index(name)
            labels[level][..., near] = sure * reads
            below = level + (2 if CONFIG.levels[level + 1 :][:1] in (("T13",), ("L6",)) else 1)
            if below < len(CONFIG.levels):
                labels[below][..., near] = slip
            labels[len(CONFIG.levels) + VERTEBRA_KINDS.index(kind)][..., near] = sure
        folded = fold(torch.from_numpy(places)[None])[0]
        self.answer = torch.cat((folded, torch.from_numpy(labels)))

    def forward(self, inputs):
        return self.answer[None, :, *(slice(n // 2) for n in inputs.shape[2:])]


def levels(*names):
    return tuple(VertebralLevel[name] for name in names)
