"""The body of each vertebra and the way it faces, from masks or from maps, coarse and fine.

What runs the fine network (``outliner``, ``crops``) is imported from its module, since it needs a
deep-learning stack, which takes seconds to load; what stands here is geometry alone.
"""

from __future__ import annotations

from ctbone.localisation.outlining.body import (
    Split,
    spine_tangents,
    split_vertebra,
    vertebra_axes,
)
from ctbone.localisation.outlining.outline import vertebra_body
from ctbone.localisation.outlining.solids import centroid_mm

__all__ = [
    "Split",
    "centroid_mm",
    "spine_tangents",
    "split_vertebra",
    "vertebra_axes",
    "vertebra_body",
]
