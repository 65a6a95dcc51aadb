import errno
import os
from pathlib import Path

import pytest

from ctbone.durability import sync


@pytest.fixture
def synced(monkeypatch):
    """What was written to disk, in order, by name."""
    seen = []
    monkeypatch.setattr(os, "fsync", lambda fd: seen.append(Path(f"/proc/self/fd/{fd}").resolve()))
    return seen


def test_files_and_folders_are_written_in_the_order_that_is_asked_for(tmp_path, synced):
    (tmp_path / "a").touch()
    sync(tmp_path / "a", tmp_path)
    assert synced == [tmp_path / "a", tmp_path]


def test_a_file_system_that_writes_folders_by_itself_is_left_to_it(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    sync(tmp_path)
    (tmp_path / "a").touch()
    with pytest.raises(OSError, match="Invalid argument"):
        sync(tmp_path / "a")


def test_a_disk_that_does_not_take_it_says_so(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        sync(tmp_path)
