import os

from ctbone.ingest.places import find_places


def test_files_come_by_folder_and_name(tmp_path):
    for name in ("b/2", "b/1", "a/x/1", "a/z", "c"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [place.path for place in find_places(tmp_path)] == ["c", "a/z", "a/x/1", "b/1", "b/2"]


def test_links_and_pipes_are_named_and_not_opened(tmp_path):
    (tmp_path / "folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    faults = {place.name: place.fault for place in find_places(tmp_path)}
    assert faults == {"folder": "a symbolic link, not followed", "pipe": "not a regular file"}


def test_a_folder_that_cannot_be_listed_is_a_place(tmp_path):
    (place,) = find_places(tmp_path / "absent")
    assert place.name == ""
    assert "cannot be listed: No such file" in place.fault
