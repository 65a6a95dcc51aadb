from __future__ import annotations

import math
from statistics import median

import numpy as np
import pytest

from ctbone.pooling.boxplot import box_plot
from ctbone.pooling.model.likelihood import Counts

from .conftest import to_tables


def counts_of(tables):
    return Counts.from_tables(tables)


def robust(xs, ys):
    """Biweight midcovariance of two series, a term at a time."""
    pulls, bends = [], []
    for values in (xs, ys):
        middle = median(values)
        spread = median(abs(v - middle) for v in values)
        u = [(v - middle) / (9.0 * spread) for v in values]
        near = [abs(a) < 1.0 for a in u]
        pulls.append(
            [
                (v - middle) * (1 - a * a) ** 2 if n else 0.0
                for v, a, n in zip(values, u, near, strict=True)
            ]
        )
        bends.append(sum((1 - a * a) * (1 - 5 * a * a) for a, n in zip(u, near, strict=True) if n))
    return len(xs) * sum(a * b for a, b in zip(*pulls, strict=True)) / (bends[0] * bends[1])


def test_centre_scale_and_correlation_are_biweight(tables):
    found = box_plot(counts_of(tables["auditc"]))
    sens, spec = found.logits.T.tolist()
    assert found.scale == pytest.approx([math.sqrt(robust(v, v)) for v in (sens, spec)], rel=1e-12)
    assert found.correlation == pytest.approx(
        robust(sens, spec) / math.sqrt(robust(sens, sens) * robust(spec, spec)), rel=1e-12
    )


def test_the_distance_of_a_study_is_that_of_mahalanobis(tables):
    found = box_plot(counts_of(tables["auditc"]))
    r = found.correlation
    covariance = np.outer(found.scale, found.scale) * [[1.0, r], [r, 1.0]]
    off = found.logits - found.centre
    squares = np.einsum("ij,jk,ik->i", off, np.linalg.inv(covariance), off)
    assert found.distances**2 == pytest.approx(squares, rel=1e-9)


@pytest.mark.parametrize("name", ["auditc", "scheidler_lag", "telomerase"])
def test_half_of_the_studies_lie_inside_the_hinge(tables, name):
    found = box_plot(counts_of(tables[name]))
    inside = (found.distances <= found.hinge * (1.0 + 1e-9)).sum()
    assert inside in {len(found.studies) // 2, (len(found.studies) + 1) // 2}
    assert found.fence >= found.hinge
    assert found.fence <= math.sqrt(7.0) * found.hinge


def test_points_of_an_ellipse_have_its_distance(tables):
    found = box_plot(counts_of(tables["auditc"]))
    u = (found.ellipse(2.0) - found.centre) / found.scale
    squares = (u**2).sum(1) - 2.0 * found.correlation * u.prod(1)
    assert squares / (1.0 - found.correlation**2) == pytest.approx(4.0, rel=1e-9)


def test_a_study_far_from_the_others_is_the_outlier():
    rows = [(80 + i, 20 - i, 20 - i, 80 + (3 * i) % 7) for i in range(10)]
    found = box_plot(counts_of(to_tables([*rows, (5, 90, 95, 10)])))
    assert found.outliers.tolist() == [10]


def test_only_margins_with_an_empty_cell_take_half_a_patient():
    rows = [(9, 0, 3, 11), (8, 2, 3, 11), (7, 3, 2, 9), (6, 2, 5, 8), (7, 1, 4, 9)]
    found = box_plot(counts_of(to_tables(rows)))
    assert found.corrected.tolist() == [True, False, False, False, False]
    assert found.logits[0] == pytest.approx([math.log(9 / 3), math.log(11.5 / 0.5)])
    assert found.logits[1] == pytest.approx([math.log(8 / 3), math.log(11 / 2)])


def test_studies_without_a_margin_are_left_out():
    rows = [(9, 1, 3, 11), (8, 2, 3, 10), (5, 0, 2, 0), (7, 3, 2, 9), (6, 2, 5, 8)]
    assert box_plot(counts_of(to_tables(rows))).studies.tolist() == [0, 1, 3, 4]


@pytest.mark.parametrize("rows", [[(8, 2, 2, 8)] * 5, [(8, 2, 2, 8), (7, 1, 2, 9), (9, 3, 1, 7)]])
def test_too_few_or_equal_studies_have_no_plot(rows):
    assert box_plot(counts_of(to_tables(rows))) is None


def test_studies_on_a_line_still_have_an_ellipse():
    rows = [(50 + 4 * i, 50 - 4 * i, 50 - 4 * i, 50 + 4 * i) for i in range(8)]
    found = box_plot(counts_of(to_tables(rows)))
    assert np.isfinite(found.distances).all()
    assert np.isfinite(found.ellipse(found.fence)).all()
