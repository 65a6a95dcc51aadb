"""One vertebra, cut out of a CT in its own frame, and what a network sees of it.

Axes of a patch, stated once
----------------------------
The axes of a patch are ``(l, p, s)``: the vertebra's own left, posterior and superior directions.
The middle of the patch, index ``(n - 1) / 2`` on each axis, is the centre of the vertebral body,
unless the grid is offset from it. ``affine`` maps an index to a patient position, LPS
millimetres, as everywhere.

In a network input the superior axis is turned round, so that pictures are upright: an axial
plane is ``(p, l)``, a sagittal plane ``(-s, p)``, a coronal plane ``(-s, l)`` and a volume
``(-s, p, l)``. Of an even number of planes the middle one is ``n // 2`` of the input. Planes pass
through the middle of the patch. Channels are attenuation, then the body mask, then muscle, each
in as many channels as there are planes, or one to each instance of a bag.

``extract`` and ``to_inputs`` are the only road from a CT to a network, in training and screening;
``to_input`` is ``to_inputs`` for one patch.
"""

from __future__ import annotations

from ctbone.patches.configuration import (
    MUSCLE_HU,
    WINDOWS,
    InputConfig,
    Plane,
    Stack,
    Unit,
    Window,
)
from ctbone.patches.extraction import extract
from ctbone.patches.inputs import to_bags, to_input, to_inputs
from ctbone.patches.patch import PatchGrid, VertebraPatch

__all__ = [
    "MUSCLE_HU",
    "WINDOWS",
    "InputConfig",
    "PatchGrid",
    "Plane",
    "Stack",
    "Unit",
    "VertebraPatch",
    "Window",
    "extract",
    "to_bags",
    "to_input",
    "to_inputs",
]
