from collections import Counter

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.anatomy.variants import (
    Anomalies,
    VariantConfig,
    draw_anomalies,
    levels_of,
)

_LEVELS = levels_of("regular", set(SIZES))


def _draw(config, count, variant="regular"):
    rng = np.random.default_rng(3)
    levels = levels_of(variant, set(SIZES))
    return [draw_anomalies(config, variant=variant, levels=levels, rng=rng) for _ in range(count)]


def _is_near(found, share):
    """Within four standard errors of a binomial share."""
    error = 4.0 * np.sqrt(share * (1.0 - share) / len(found))
    return abs(np.mean(found) - share) < error


def test_prevalences_are_those_of_the_configuration():
    found = _draw(VariantConfig(), 6000)
    kinds = [set(a.last_ribs) for a in found]
    assert _is_near([k & {"stub"} != set() and "absent" not in k for k in kinds], 0.072 * 0.992)
    assert _is_near(["absent" in k for k in kinds], 0.008)
    assert _is_near(["stub" in a.lumbar_ribs for a in found], 0.04)
    assert _is_near([a.transitional is not None for a in found], 0.099)
    assert _is_near([a.transitional is L.S1 for a in found], 0.099 * 0.59)
    assert {a.transitional for a in found} == {None, L.L5, L.S1}


def test_types_of_castellvi_have_the_published_shares():
    """41.7 % I, 41.4 % II, 11.5 % III, 5.2 % IV, and half of the first three on one side."""
    found = _draw(VariantConfig(transitional_fraction=1.0), 6000)
    types = [a.castellvi for a in found]
    for name, share in (("I", 0.417), ("II", 0.414), ("III", 0.115)):
        assert _is_near([t in (f"{name}a", f"{name}b") for t in types], share)
        assert _is_near([t == f"{name}a" for t in types if t in (f"{name}a", f"{name}b")], 0.5)
    assert _is_near([t == "IV" for t in types], 0.052)
    sides = Counter(a.junctions[0] == "free" for a in found if "free" in a.junctions)
    assert sides[True] / sides[False] == pytest.approx(1.0, abs=0.12)


def test_enlarged_shares_are_kept():
    config = VariantConfig(stub_rib_fraction=0.5, absent_rib_fraction=0.3, lumbar_rib_fraction=0.6)
    found = _draw(config, 2000)
    assert _is_near(["absent" in a.last_ribs for a in found], 0.3)
    assert _is_near(["stub" in a.lumbar_ribs for a in found], 0.6)
    one_sided = [len(set(a.last_ribs)) == 2 for a in found if set(a.last_ribs) != {"full"}]
    assert _is_near(one_sided, 0.5)


def test_half_of_those_with_four_lumbar_vertebrae_lack_a_last_rib():
    found = _draw(VariantConfig(), 2000, "four_lumbar")
    assert _is_near(["absent" in a.last_ribs for a in found], 0.5)
    assert {a.transitional for a in found} == {None, L.L4, L.S1}


def test_levels_follow_the_numbering():
    assert _LEVELS[0] is L.C3
    assert _LEVELS[-2:] == (L.L5, L.S1)
    assert levels_of("L6", set(SIZES))[-2] is L.L6
    assert levels_of("four_lumbar", set(SIZES))[-2] is L.L4
    assert L.T13 in levels_of("T13", set(SIZES))


def test_types_are_named():
    assert Anomalies().castellvi == ""
    assert Anomalies(transitional=L.L5, junctions=("free", "joint")).castellvi == "IIa"
    assert Anomalies(transitional=L.S1, junctions=("fused", "fused")).castellvi == "IIIb"
    assert Anomalies(transitional=L.L5, junctions=("joint", "fused")).castellvi == "IV"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lumbar_rib_fraction": 1.2}, "lumbar_rib_fraction must lie"),
        ({"stub_rib_fraction": 0.7, "absent_rib_fraction": 0.4}, "shares of stub and absent ribs"),
    ],
)
def test_impossible_shares_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        VariantConfig(**changed)
