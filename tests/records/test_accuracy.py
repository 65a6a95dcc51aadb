"""Estimates lie between their limits, and counts are counts."""

import pytest

from ctbone.records import ContingencyTable, Interval


def test_an_interval_writes_its_numbers_as_asked():
    found = Interval(0.9, 0.8, 0.95)
    assert f"{found:.1f}" == "0.9 (0.8 to 0.9)"
    assert f"{found}" == str(found)


@pytest.mark.parametrize("limits", [(0.95, 0.99), (0.5, 0.8), (float("nan"), 1.0)])
def test_an_estimate_outside_its_limits_is_refused(limits):
    with pytest.raises(
        ValueError, match=r"an estimate lies between its limits, got .* <= 0\.9 <="
    ):
        Interval(0.9, *limits)


def test_a_negative_count_is_refused_by_name():
    counts = {"true_positives": 45, "false_positives": 10, "true_negatives": 40}
    table = ContingencyTable(false_negatives=5, **counts)
    assert (table.diseased, table.healthy) == (50, 50)
    with pytest.raises(ValueError, match="false_negatives must not be negative, got -1"):
        ContingencyTable(false_negatives=-1, **counts)
