import pytest

from ctbone.report.folder import link_or_copy, replacing


def test_what_an_earlier_report_left_is_gone(tmp_path):
    folder = tmp_path / "report"
    for name in ("old.html", "new.html"):
        with replacing(folder) as out:
            (out / name).write_text(name)
    assert [p.name for p in folder.glob("*.html")] == ["new.html"]
    assert list(tmp_path.iterdir()) == [folder]


def test_what_others_put_there_is_carried_over(tmp_path):
    folder = tmp_path / "report"
    for name in ("old.html", "new.html"):
        with replacing(folder) as out:
            (out / "screen").mkdir()
            (out / "screen" / name).write_text(name)
        (folder / "screen" / "review.csv").write_text("verdicts")
    with replacing(folder) as out:
        (out / "index.html").write_text("last")
    left = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.*") if p.is_file())
    assert left == [".ctbone-report", "index.html", "screen/review.csv"]
    assert (folder / "screen" / "review.csv").read_text() == "verdicts"


def test_a_report_that_fails_leaves_the_earlier_one(tmp_path):
    folder = tmp_path / "report"
    with replacing(folder) as out:
        (out / "old.html").write_text("old")
    with pytest.raises(FileNotFoundError), replacing(folder) as out:
        (out / "nowhere" / "new.html").write_text("new")
    assert [p.name for p in folder.glob("*.html")] == ["old.html"]
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("name", ["report", "report.part"])
def test_a_folder_of_somebody_else_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.txt").write_text("mine")
    with (
        pytest.raises(ValueError, match=rf"{name} in .* must be free"),
        replacing(tmp_path / "report"),
    ):
        pass
    assert (tmp_path / name / "thesis.txt").read_text() == "mine"


def test_a_link_to_a_folder_is_not_followed(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "report").symlink_to(tmp_path / "other")
    with pytest.raises(ValueError, match="must be free"), replacing(tmp_path / "report"):
        pass


def test_a_link_becomes_the_file_that_it_leads_to(tmp_path):
    (tmp_path / "far.png").write_bytes(b"far")
    (tmp_path / "near.png").symlink_to(tmp_path / "far.png")
    link_or_copy(tmp_path / "near.png", tmp_path / "out" / "here.png")
    assert not (tmp_path / "out" / "here.png").is_symlink()
    assert (tmp_path / "out" / "here.png").read_bytes() == b"far"


def test_what_cannot_be_linked_is_copied(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    (tmp_path / "a.png").write_bytes(b"a")
    link_or_copy(tmp_path / "a.png", tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes() == b"a"
