"""Growing vessels that branch and taper."""

from __future__ import annotations

import numpy as np

from ctbone.phantom.anatomy.placing import posed
from ctbone.phantom.flesh import Branches, Torso
from ctbone.phantom.shapes import Array
from ctbone.phantom.tissue import Tissue

#: Murray's law: the cube of a vessel's radius is the sum of its branches' cubes; Proc Natl Acad
#: Sci 1926;12:207. A little less keeps the stem of a sparse tree from growing too wide.
_MURRAY = 2.8

#: What a millimetre of the way back to the root counts beside one of a new branch: 0 gives the
#: shortest tree, 1 straight vessels; inferred by eye.
_DETOUR = 0.45


def grow(root: Array, targets: Array) -> Array:
    """Return the parent of each node: 0 is the root, node ``i + 1`` is target ``i``.

    Targets join the tree in order of their distance from the root. Each hangs itself where the
    way back to the root is short: close by, and not much of a detour.

    Args:
        root: Where the tree begins, shape ``(3,)``.
        targets: Where branches end, shape ``(N, 3)``.
    """
    order = np.argsort(np.linalg.norm(targets - root, axis=1))
    nodes = np.concatenate([root[None], targets[order]])
    far, parents = np.zeros(len(nodes)), np.zeros(len(nodes), int)
    gaps = np.sqrt(((nodes[:, None] - nodes) ** 2).sum(-1))
    for new in range(1, len(nodes)):
        nearest = int((gaps[new, :new] + _DETOUR * far[:new]).argmin())
        parents[new], far[new] = nearest, far[nearest] + gaps[new, nearest]
    found = np.zeros(len(nodes), int)
    found[order + 1] = np.concatenate([[0], order + 1])[parents[1:]]
    return found


def radii_of(parents: Array, root: Array, targets: Array, tip_mm: float) -> Array:
    """Return the radius of each node's branch: as wide as all that it feeds."""
    order = np.argsort(-np.linalg.norm(targets - root, axis=1)) + 1
    fed = np.full(len(parents), tip_mm**_MURRAY)
    for node in order:
        fed[parents[node]] += fed[node]
    return np.asarray(fed ** (1.0 / _MURRAY))


def branches(
    torso: Torso, root: Array, targets: Array, tissue: Tissue, *,
    tip_mm: float, widest_mm: float,
) -> Branches:  # fmt: skip
    """Return a tree from a root to targets in the patient's own frame."""
    parents = grow(root, targets)
    radii = np.minimum(radii_of(parents, root, targets, tip_mm), widest_mm)
    nodes = posed(torso, np.concatenate([root[None], targets]))
    stems = np.minimum(radii[parents], 1.25 * radii)
    return Branches(
        starts_mm=nodes[parents[1:]],
        ends_mm=nodes[1:],
        radii_mm=np.stack([stems, radii], -1)[1:],
        tissue=tissue,
    )
