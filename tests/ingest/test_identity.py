"""No message names a path: paths carry names of patients, and messages reach results."""

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ctbone import errors
from ctbone.ingest import read_label_map, read_volume
from tests.ingest.stacks import body, series_of, write_stack
from tests.ingest.test_decode import RLE, write_compressed
from tests.ingest.test_nifti import write_nifti

NAME = "SMITH_JOHN"


def write_plain(folder):
    return write_stack(folder, body((12, 20, 20)))


def write_deflated(folder):
    return write_stack(folder, body((12, 20, 20)), syntax=DeflatedExplicitVRLittleEndian)


def write_rle(folder):
    return write_compressed(folder, body((12, 20, 20)), RLE)


def write_bare_nifti(folder):
    folder.mkdir()
    return write_nifti(folder / f"{NAME}.nii", body((20, 20, 20))).parent


def write_zipped_nifti(folder):
    folder.mkdir()
    return write_nifti(folder / f"{NAME}.nii.gz", body((20, 20, 20))).parent


WRITERS = (write_plain, write_deflated, write_rle, write_bare_nifti, write_zipped_nifti)


def gone(path):
    path.unlink()


def cut(path):
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) * 7 // 10])


def shorn(path):
    """As long as the values, but they begin behind a header."""
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("spoil", [gone, cut, shorn])
@pytest.mark.parametrize("write", WRITERS)
def test_a_file_spoilt_after_indexing_is_not_named(tmp_path, write, spoil):
    folder = write(tmp_path / NAME)
    series = series_of(folder)
    for path in folder.iterdir():
        spoil(path)
    with pytest.raises(errors.UnreadableFile) as caught:
        read_volume(series)
    assert NAME not in str(caught.value)
    assert "file " in str(caught.value)


def test_a_truncated_label_map_is_not_named(tmp_path):
    path = tmp_path / f"{NAME}.nii"
    write_nifti(path, np.ones((20, 20, 20), np.uint8))
    shorn(path)
    with pytest.raises(errors.UnreadableFile, match="the label map does not hold") as caught:
        read_label_map(path)
    assert NAME not in str(caught.value)
