import pytest
from PIL import Image

from ctbone.report import thumbnails
from ctbone.report.runs import read_runs
from ctbone.report.studies import read_studies
from ctbone.report.thumbnails import carry_pictures
from tests.report.runs import draw, make_run


def carried(folder, out, earlier):
    (run,) = read_runs(folder)
    return carry_pictures(read_studies(run), run=folder, out=out, earlier=earlier)


@pytest.fixture
def folder(tmp_path):
    return make_run(tmp_path / "run", pictures=("1.2", "1.10"))


def test_pictures_come_along_with_a_small_one_each(folder, tmp_path):
    shown = carried(folder, tmp_path / "a", tmp_path / "none")
    assert {uid: one.picture for uid, one in shown.items()} == {
        "1.2": "1.2.png", "1.3": "", "1.10": "1.10.png",
    }  # fmt: skip
    assert (tmp_path / "a/pictures/1.2.png").samefile(folder / "pictures/1.2.png")
    with Image.open(tmp_path / "a" / "thumbnails" / shown["1.2"].thumbnail) as small:
        assert (small.format, small.size) == ("JPEG", (240, 144))


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nbroken", b"<svg/>"])
def test_a_broken_picture_is_a_note(folder, tmp_path, content):
    (folder / "pictures/1.2.png").write_bytes(content)
    shown = carried(folder, tmp_path / "a", tmp_path / "none")["1.2"]
    assert (shown.picture, shown.thumbnail) == ("", "")
    assert shown.note == "The picture 1.2.png cannot be shown: it is no whole PNG."
    assert not (tmp_path / "a/pictures/1.2.png").exists()


def test_a_cut_picture_is_a_note(folder, tmp_path):
    whole = (folder / "pictures/1.2.png").read_bytes()
    (folder / "pictures/1.2.png").write_bytes(whole[: len(whole) // 2])
    assert carried(folder, tmp_path / "a", tmp_path / "none")["1.2"].note


def test_a_huge_picture_is_not_decoded(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnails, "_MOST_PIXELS", 600 * 360 - 1)
    note = carried(folder, tmp_path / "a", tmp_path / "none")["1.2"].note
    assert "600 x 360 pixels" in note


def test_only_what_changed_is_made_small_again(folder, tmp_path):
    carried(folder, tmp_path / "a", tmp_path / "none")
    draw(folder / "pictures" / "new.png")
    (folder / "pictures" / "new.png").replace(folder / "pictures" / "1.10.png")
    carried(folder, tmp_path / "b", tmp_path / "a")
    first, second = ({p.name: p for p in (tmp_path / n / "thumbnails").iterdir()} for n in "ab")
    assert second["1.2.jpg"].samefile(first["1.2.jpg"])
    assert not second["1.10.jpg"].samefile(first["1.10.jpg"])
