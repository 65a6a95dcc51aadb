"""Tiny CT with planted names, and a receiver in a thread."""

import queue
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from ctbone.pacs import ReceiveConfig
from ctbone.pacs.receive import receive_until
from tests.ingest.conftest import SERIES_UID, STUDY_UID, write_series

#: Planted wherever a header takes text; nothing that ctbone writes beside objects may hold it.
CANARY = "CANARY"

NAMES = dict.fromkeys(
    ("PatientName", "PatientID", "AccessionNumber", "ReferringPhysicianName", "PatientComments",
     "InstitutionName", "StudyDescription", "SeriesDescription", "StudyID"),
    CANARY,
)  # fmt: skip


def write_ct(folder: Path, *, count=3, study_uid=STUDY_UID, series_uid=SERIES_UID, **tags) -> Path:
    """Write a tiny series, names planted in its headers, and return its folder."""
    uids = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid}
    write_series(folder, count=count, **{**NAMES, **uids, **tags})
    return folder


@contextmanager
def receiving(out: Path, **options):
    """Run a receiver in a thread for the length of the block; give its port."""
    config = ReceiveConfig(out=out, **{"port": 0, "reserve_gb": 0.0, **options})
    told = threading.Event()
    answers = queue.Queue()

    def run():
        try:
            receive_until(config, is_told=told.is_set, begun=answers.put)
        except Exception as fault:  # noqa: BLE001 - shown to the test
            answers.put(fault)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield answers.get(timeout=30)
    finally:
        told.set()
        thread.join()
    assert answers.empty(), answers.get()


def objects(out: Path) -> list[str]:
    """Return the names of the objects that are whole below a folder of a run."""
    return sorted(path.name for path in (out / "objects").glob("*/*/*"))


def data_set(path: Path) -> bytes:
    """Return the bytes of a file behind its file meta information."""
    content = path.read_bytes()
    return content[144 + int.from_bytes(content[140:144], "little") :]


@pytest.fixture
def ct(tmp_path):
    """A folder with a series of three slices."""
    return write_ct(tmp_path / "ct")
