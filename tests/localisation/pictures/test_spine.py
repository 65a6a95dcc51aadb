"""Names stand beside their vertebrae and never on each other."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ctbone.anatomy import VertebralLevel
from ctbone.drawing import QUIET
from ctbone.errors import Reason
from ctbone.localisation.pictures.canvas import BODY, WARNING
from ctbone.localisation.pictures.spine import colour_of, spread
from tests.localisation.pictures.columns import make_column

L1, L2 = VertebralLevel.L1, VertebralLevel.L2


@given(
    st.lists(
        st.tuples(st.floats(-50.0, 700.0), st.sampled_from([18.0, 33.0])), min_size=1, max_size=18
    )
)
def test_labels_keep_order_and_clear_each_other(labels):
    wanted, heights = (list(x) for x in zip(*sorted(labels), strict=True))
    tops = spread(wanted, heights, 10.0, 650.0)
    bottoms = tops + heights
    assert (bottoms[:-1] <= tops[1:] + 1e-9).all()
    assert tops[0] >= 10.0 - 1e-9
    assert bottoms[-1] <= 650.0 + 1e-9


def test_labels_with_room_stay_where_they_are_wanted():
    assert spread([50.0, 90.0, 200.0], [18.0, 33.0, 18.0], 0.0, 300.0).tolist() == [
        41.0,
        73.5,
        191.0,
    ]


def test_two_labels_in_one_place_part_evenly():
    assert spread([100.0, 100.0], [20.0, 20.0], 0.0, 300.0).tolist() == [80.0, 100.0]


def test_no_label_takes_no_place():
    assert spread([], [], 0.0, 10.0).size == 0


def test_the_colour_says_what_is_shown_and_what_is_not_to_be_measured():
    (first, second) = make_column(("L1", "L2"))
    assert [colour_of(v, {L1}) for v in (first, second)] == [BODY, QUIET]
    assert colour_of(replace(first, reason=Reason.METAL), {L1}) == WARNING


def test_colours_differ_in_lightness_too():
    def lightness(name):
        parts = np.array([int(name[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
        return float((parts**2.2) @ [0.2126, 0.7152, 0.0722])

    blue, red, yellow = lightness(BODY), lightness(WARNING), lightness("#ffe14d")
    assert red + 0.08 < blue
    assert blue + 0.2 < yellow
    # On black every letter reads: 4.5 to 1 is what WCAG 2 asks of small text.
    assert (min(red, lightness(QUIET)) + 0.05) / 0.05 > 4.5
