"""TotalSegmentator as a locator, against a stand-in that behaves as its API is documented.

The stand-in takes what is used of the arguments of ``totalsegmentator.python_api``'s function in
its versions 2.4 to 2.18, returns a nibabel image of labels on the grid of its input, and refuses
what the real function refuses. The real package has not been run.
"""

import sys
from dataclasses import dataclass, field
from types import ModuleType

import nibabel
import numpy as np
import pytest

from ctbone.anatomy import LABELS, VertebralLevel
from ctbone.errors import SpineNotFound
from ctbone.localisation import find_totalsegmentator, make_locator
from tests.localisation.spine import dice, make_spine

NUMBERS = {level: number for number, level in LABELS["totalsegmentator_v2"].items()}


@dataclass
class StandIn:
    """What the real package would find in a spine, and what it was asked."""

    spine: object
    leaves: int | None = None
    calls: list[dict] = field(default_factory=list)

    def totalsegmentator(
        self, image, output=None, *, task="total", roi_subset=None, quiet=False, device="gpu"
    ):
        sys.stdout.write("If you use this tool please cite")
        self.calls.append({"task": task, "roi_subset": roi_subset, "device": device})
        if self.leaves is not None:
            sys.exit(self.leaves)
        assert isinstance(image, nibabel.Nifti1Image)
        assert output is None
        if roi_subset is not None and not task.startswith("total"):
            raise ValueError("roi_subset only works with task 'total' or 'total_mr'")
        labels = np.zeros(image.shape, np.uint8)
        if task == "vertebrae_body":
            labels[self.spine.bodies > 0] = 1
            return nibabel.Nifti1Image(labels, image.affine)
        labels[0, 0, 0] = 5
        for level, number in NUMBERS.items():
            if f"vertebrae_{level.name}" in roi_subset:
                labels[self.spine.vertebrae == level] = number
        return nibabel.Nifti1Image(labels, image.affine)


@pytest.fixture
def install(monkeypatch, tmp_path):
    """Put a stand-in, its weights and its settings where the real ones would be."""

    def put(stand_in, *, weights=(291, 292, 293, 294, 295, 298), sends=False, licence="missing"):
        for number in weights:
            (tmp_path / f"Dataset{number}_TotalSegmentator_part_1559subj").mkdir()
        package = ModuleType("totalsegmentator")
        config = ModuleType("totalsegmentator.config")
        config.get_config_key = {"send_usage_stats": sends}.get
        config.get_weights_dir = lambda: tmp_path
        config.has_valid_license_offline = lambda: (licence, "message")
        config.get_version = lambda: "2.4.0"
        api = ModuleType("totalsegmentator.python_api")
        api.totalsegmentator = stand_in.totalsegmentator
        for module in (package, config, api):
            monkeypatch.setitem(sys.modules, module.__name__, module)
        return tmp_path

    return put


def test_vertebrae_come_by_the_same_road_as_masks(install, capsys):
    spine = make_spine(degrees=(0.0, 0.0, 10.0), scan_degrees=(4.0, -3.0, 8.0))
    stand_in = StandIn(spine)
    install(stand_in)
    found = find_totalsegmentator()(spine.volume)
    assert [v.level.name for v in found] == ["T12", "L1", "L2", "L3"]
    for vertebra in found[1:3]:
        away = np.asarray(vertebra.centroid_mm) - spine.centres_mm[vertebra.level]
        assert np.linalg.norm(away) < 2.5
        assert vertebra.confidence == 0.9
    (call,) = stand_in.calls
    assert call["task"] == "total"
    assert {"vertebrae_L1", "vertebrae_T12", "vertebrae_S1"} < set(call["roi_subset"])
    assert capsys.readouterr().out == ""


def test_bodies_are_its_own_where_its_licensed_task_is_there(install):
    spine = make_spine()
    stand_in = StandIn(spine)
    folder = install(stand_in, licence="yes")
    (folder / "Dataset305_vertebrae_body_1559subj").mkdir()
    found = {v.level: v for v in find_totalsegmentator()(spine.volume)}
    assert [call["task"] for call in stand_in.calls] == ["total", "vertebrae_body"]
    body = found[VertebralLevel.L2].body
    assert np.count_nonzero(body.inside) == np.count_nonzero(spine.bodies == VertebralLevel.L2)


@pytest.mark.parametrize(("licence", "has_weights"), [("yes", False), ("missing_license", True)])
def test_the_licensed_task_needs_licence_and_weights(install, licence, has_weights):
    stand_in = StandIn(make_spine(("L1", "L2")))
    folder = install(stand_in, licence=licence)
    if has_weights:
        (folder / "Dataset302_vertebrae_body_1559subj").mkdir()
    assert not find_totalsegmentator().has_bodies


@pytest.mark.parametrize(
    ("device", "called"), [("cpu", "cpu"), ("cuda", "gpu"), ("cuda:0", "gpu")]
)
def test_devices_are_said_in_its_words(install, device, called):
    spine = make_spine(("L1", "L2"))
    stand_in = StandIn(spine)
    install(stand_in)
    locate = make_locator("totalsegmentator", device=device)
    locate(spine.volume)
    assert stand_in.calls[0]["device"] == called
    assert locate.version == "2.4.0"


def test_no_vertebra_is_no_spine(install):
    spine = make_spine(("L1",))
    spine.vertebrae[:] = 0
    install(StandIn(spine))
    with pytest.raises(SpineNotFound, match="TotalSegmentator found none"):
        find_totalsegmentator()(spine.volume)


def test_an_exit_of_the_library_does_not_end_the_run(install):
    spine = make_spine(("L1",))
    install(StandIn(spine, leaves=1))
    with pytest.raises(SpineNotFound, match="left without an answer, exit code 1"):
        find_totalsegmentator()(spine.volume)


def test_an_absent_package_is_named_with_its_remedy(monkeypatch):
    monkeypatch.delitem(sys.modules, "totalsegmentator", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    with pytest.raises(
        ValueError, match=r"not installed: pip install 'ctbone\[totalsegmentator\]'"
    ):
        find_totalsegmentator()


class Absent:
    """Says of one package that there is none, whether it is installed or not."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "totalsegmentator":
            raise ModuleNotFoundError(f"No module named {name!r}", name="totalsegmentator")


def test_absent_weights_are_named_with_their_remedy(install):
    install(StandIn(None), weights=(291, 293, 294, 295))
    with pytest.raises(ValueError, match=r"data sets \[292, 298\]: totalseg_download_weights"):
        find_totalsegmentator()


@pytest.mark.parametrize("sends", [True, None])
def test_usage_statistics_must_be_off(install, sends):
    install(StandIn(None), sends=sends)
    with pytest.raises(ValueError, match='set "send_usage_stats" to false'):
        find_totalsegmentator()


def test_overlap_of_its_bodies_with_the_truth_is_high(install):
    spine = make_spine()
    install(StandIn(spine))
    found = {v.level: v for v in find_totalsegmentator()(spine.volume)}
    whole = np.zeros(spine.bodies.shape, bool)
    body = found[VertebralLevel.L1].body
    start = np.linalg.solve(
        spine.volume.affine[:3, :3], body.affine[:3, 3] - spine.volume.affine[:3, 3]
    )
    corner = np.rint(start).astype(int)
    whole[tuple(slice(c, c + n) for c, n in zip(corner, body.inside.shape, strict=True))] = (
        body.inside
    )
    assert dice(whole, spine.bodies == VertebralLevel.L1) > 0.9
