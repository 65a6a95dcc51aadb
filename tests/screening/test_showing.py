from dataclasses import replace

import pytest
from PIL import Image

from ctbone.anatomy import VertebralLevel
from ctbone.attempts import Failure, rejected
from ctbone.errors import Reason
from ctbone.records import Flag
from ctbone.screening import showing
from ctbone.screening.showing import Pictures

from .fakes import study, vertebra, volume

UID = "1.2.3"
REJECTION = rejected(
    study(UID), Failure(Reason.METAL, "L1 and L2 hold metal"), stage="locate", seconds=1.0
)


@pytest.fixture
def folder(tmp_path):
    """A folder with the picture of an earlier outcome."""
    (tmp_path / f"{UID}.png").write_text("earlier")
    return tmp_path


@pytest.fixture
def drawn(monkeypatch):
    """What was to be drawn; nothing is."""
    calls = []

    def draw(*what, **how):
        what[-1].touch()
        calls.append((what, how))

    monkeypatch.setattr(showing, "picture", draw)
    return calls


def test_a_rejected_study_is_drawn_with_what_was_located_and_why(folder, drawn):
    read, found = volume(), (vertebra(), vertebra(VertebralLevel.L2))
    show = Pictures(folder=folder, levels=(VertebralLevel.L1,))
    assert show.refuse(replace(REJECTION, vertebrae=found), read) == ()
    ((what, how),) = drawn
    assert what == (read, found, (), folder / f"{UID}.png")
    assert how == {"note": "metal: L1 and L2 hold metal", "levels": (VertebralLevel.L1,)}


def test_so_is_one_in_which_nothing_was_located(folder):
    assert Pictures(folder=folder / "new").refuse(REJECTION, volume()) == ()
    with Image.open(folder / "new" / f"{UID}.png") as picture:
        assert min(picture.size) > 500


def test_of_a_study_that_was_not_read_nothing_of_before_stays(folder, drawn):
    assert Pictures(folder=folder).refuse(REJECTION, None) == ()
    assert (drawn, list(folder.iterdir())) == ([], [])


def test_where_nothing_is_to_be_drawn_nothing_of_before_stays(folder, drawn):
    show = Pictures(folder=folder, is_drawing=False)
    assert (show(UID, volume(), (), ()), drawn, list(folder.iterdir())) == ((), [], [])
    (folder / f"{UID}.png").write_text("earlier")
    assert (show.refuse(REJECTION, volume()), drawn, list(folder.iterdir())) == ((), [], [])


def test_a_picture_that_fails_is_flagged_and_leaves_none_of_before(folder, monkeypatch):
    def fail(*_, **__):
        raise ValueError("cannot draw")

    monkeypatch.setattr(showing, "picture", fail)
    assert Pictures(folder=folder)(UID, volume(), (), ()) == (Flag.PICTURE_FAILED,)
    assert list(folder.iterdir()) == []
    assert Pictures(folder=folder).refuse(REJECTION, volume()) == (Flag.PICTURE_FAILED,)


def test_pictures_are_on_disk_before_the_study_is_said_to_be_done(folder, drawn, monkeypatch):
    synced = []
    monkeypatch.setattr(showing, "sync", lambda *paths: synced.extend(paths))
    Pictures(folder=folder)(UID, volume(), (), ())
    assert synced == [folder, folder / f"{UID}.png", folder]
