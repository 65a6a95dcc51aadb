import pytest

from ctbone.anatomy import require_levels


def test_levels_that_stand_once_are_fine():
    require_levels(("L2", "L1"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "levels must name at least one level, got none"),
        (("L1", "L2", "L1"), "levels must name each level once, got L1 twice"),
    ],
)
def test_no_level_and_one_twice_are_refused(names, message):
    with pytest.raises(ValueError, match=message):
        require_levels(names)
