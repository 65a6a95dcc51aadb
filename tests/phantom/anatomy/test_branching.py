import numpy as np

from ctbone.phantom.anatomy.branching import grow, radii_of


def _targets():
    return np.random.default_rng(3).uniform(-40.0, 40.0, (60, 3)) + np.array([60.0, 0.0, 0.0])


def test_every_branch_leads_back_to_the_root():
    root, targets = np.zeros(3), _targets()
    parents = grow(root, targets)
    assert parents[0] == 0
    at = np.arange(len(parents))
    for _ in parents:
        at = parents[at]
    assert np.all(at == 0)


def test_a_tree_is_much_shorter_than_a_bundle():
    """Else branches would not be shared at all."""
    root, targets = np.zeros(3), _targets()
    nodes = np.concatenate([root[None], targets])
    tree = np.linalg.norm(nodes - nodes[grow(root, targets)], axis=1).sum()
    assert tree < 0.6 * np.linalg.norm(targets, axis=1).sum()


def test_vessels_taper_and_hold_what_they_feed():
    root, targets = np.zeros(3), _targets()
    parents = grow(root, targets)
    radii = radii_of(parents, root, targets, 0.7)
    assert np.all(radii[parents[1:]] > radii[1:])
    assert np.isclose(radii.min(), 0.7)
    fed = 0.7**2.8 * len(parents)
    assert np.isclose(radii[0], fed ** (1 / 2.8))
