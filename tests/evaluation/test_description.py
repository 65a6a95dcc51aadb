import pytest

from ctbone.evaluation.description import _described

NETWORK = {"backbone": "densenet121", "dimensions": 2}
SEEN = {"plane": "axial", "window_hu": [-200.0, 600.0]}


@pytest.mark.parametrize(
    ("window", "name"),
    [
        ("bone", "bone"),
        ("soft", "soft"),
        ("full", "other"),
        ([-500.0, 1300.0], "bone"),
        ([-150.0, 250.0], "soft"),
        ([-1024.0, 3071.0], "other"),
    ],
)
def test_a_window_is_known_by_its_name_and_by_its_width_alike(window, name):
    assert _described(NETWORK, SEEN | {"window_hu": window})["window"] == name


@pytest.mark.parametrize(
    ("backbone", "family"),
    [
        ("densenet264", "densenet"),
        ("bmdc", "densenet"),
        ("resnet10", "resnet"),
        ("joint", "resnet"),
        ("vgg16", "other"),
        ("vit_cnn", "other"),
        ("deepmdqct", "other"),
    ],
)
def test_a_backbone_is_counted_to_the_family_that_the_review_counts_it_to(backbone, family):
    assert _described(NETWORK | {"backbone": backbone}, SEEN)["backbone"] == family


@pytest.mark.parametrize(
    ("seen", "plane", "number"),
    [
        ({"plane": "axial"}, "axial", "single"),
        ({"plane": "axial_slices", "slices": 5}, "axial", "multi"),
        ({"plane": "orthogonal", "stack": "bag"}, "multi", "multi"),
        ({"plane": "volume"}, "multi", "multi"),
        ({"plane": "coronal"}, "coronal", "single"),
    ],
)
def test_planes_and_their_number_follow_from_the_input(seen, plane, number):
    found = _described(NETWORK, SEEN | seen)
    assert (found["plane"], found["input"]) == (plane, number)
