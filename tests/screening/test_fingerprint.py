import os
from dataclasses import replace

import pytest

from ctbone.errors import Reason
from ctbone.records import FileFault
from ctbone.screening.fingerprint import fingerprint
from tests.ingest.conftest import slice_record

from .fakes import series, study


@pytest.fixture
def made(tmp_path):
    """Make a study of two files."""
    items = []
    for number in (1, 2):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(b"abc")
        os.utime(path, (1000.0, 1000.0))
        items.append(slice_record(number, path=path))
    return study(series=(replace(series(), slices=tuple(items)),))


def test_the_same_files_have_the_same_whatever_their_order(made):
    (one,) = made.series
    other = replace(made, series=(replace(one, slices=one.slices[::-1]),))
    assert fingerprint(made) == fingerprint(other)


def test_a_file_that_was_written_again_is_noticed_though_its_header_is_the_same(made):
    before = fingerprint(made)
    path = made.series[0].slices[0].path
    path.write_bytes(b"abcdef")
    os.utime(path, (1000.0, 1000.0))
    grown = fingerprint(made)
    path.write_bytes(b"abc")
    os.utime(path, (2000.0, 2000.0))
    assert len({before, grown, fingerprint(made)}) == 3
    os.utime(path, (1000.0, 1000.0))
    assert fingerprint(made) == before


def test_a_file_that_is_gone_is_noticed(made):
    before = fingerprint(made)
    made.series[0].slices[0].path.unlink()
    assert fingerprint(made) != before


def test_faults_and_slices_count(made):
    (one,) = made.series
    fewer = replace(made, series=(replace(one, slices=one.slices[:1]),))
    faulty = replace(made, faults=(FileFault(3, Reason.UNREADABLE_FILE, "cut short"),))
    assert len({fingerprint(made), fingerprint(fewer), fingerprint(faulty)}) == 3
