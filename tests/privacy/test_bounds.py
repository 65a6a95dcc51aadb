"""What headers declare is held against the files before memory is taken for it."""

import gzip
import struct
import tracemalloc
import zlib

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from ctbone.cli import main
from ctbone.delimited import read_rows
from ctbone.errors import UnreadableFile
from ctbone.ingest import fallback, index_export, read_volume
from ctbone.ingest.fallback import parse
from tests.ingest.conftest import write_slice

#: Far above what reading a small file takes, far below what the files below declare.
_MOST = 200_000_000

_LARGE = {"Rows": 65535, "Columns": 65535, "PixelData": b"\x00\x01" * 20}


@pytest.fixture
def peak():
    """Tell how much memory was taken since the test began, in bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def _encapsulated(content):
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content
    return bytes.fromhex("feff00e000000000") + item + bytes.fromhex("feffdde000000000")


def _write_series(folder, *, syntax, **tags):
    for number in range(12):
        place = {"ImagePositionPatient": [0, 0, 2.5 * number], "InstanceNumber": number + 1}
        write_slice(folder / f"{number}", syntax=syntax, **place, **tags)


def _refusal(folder):
    """Return what reading the only series of a folder ends with."""
    (study,) = index_export(folder, key=b"test")
    if study.faults:
        return study.faults[0].detail
    with pytest.raises(Exception, match=r".+") as refused:
        read_volume(study.series[0])
    assert not isinstance(refused.value, MemoryError)
    return str(refused.value)


@pytest.mark.parametrize(
    ("syntax", "pixels"),
    [
        (ExplicitVRLittleEndian, b"\x00\x01" * 20),
        (DeflatedExplicitVRLittleEndian, b"\x00\x01" * 20),
        (RLELossless, _encapsulated(struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x00")),
        (JPEG2000Lossless, _encapsulated(b"\xff\x4f\xff\x51" + bytes(60))),
    ],
)
def test_slices_that_declare_more_than_any_ct_are_refused(tmp_path, peak, syntax, pixels):
    _write_series(tmp_path, syntax=syntax, **(_LARGE | {"PixelData": pixels}))
    assert "declares 65535 x 65535" in _refusal(tmp_path)
    assert peak() < _MOST


def test_frames_that_are_not_described_are_refused(tmp_path, peak):
    frames = {"SOPClassUID": EnhancedCTImageStorage, "NumberOfFrames": 65535}
    _write_series(tmp_path, syntax=ExplicitVRLittleEndian, **frames)
    assert _refusal(tmp_path)
    assert peak() < _MOST


def test_a_command_gives_its_reason_and_goes_on(tmp_path):
    _write_series(tmp_path / "export", syntax=RLELossless, **(
        _LARGE | {"PixelData": _encapsulated(bytes(64))}
    ))  # fmt: skip
    main(["index", "--export", str(tmp_path / "export"), "--out", str(tmp_path / "out")])
    ((_, row),) = read_rows(tmp_path / "out" / "studies.csv")
    assert row["reason"] == "unsupported_encoding"


@pytest.fixture
def bomb(tmp_path):
    """A deflated file of 60 kB that inflates to 60 MB, nearly all of it one private element."""
    size = 60_000_000
    path = write_slice(tmp_path / "export" / "bomb", syntax=DeflatedExplicitVRLittleEndian)
    raw = path.read_bytes()
    start = 144 + struct.unpack_from("<I", raw, 140)[0]
    beginning = bytes.fromhex("0900 0110 4f42 0000")
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    with path.open("wb") as file:
        file.write(raw[:start])
        file.write(deflate.compress(beginning + struct.pack("<I", size)))
        for _ in range(60):
            file.write(deflate.compress(bytes(size // 60)))
        file.write(deflate.flush())
    return path


def test_a_deflated_file_is_not_inflated_without_end(bomb, peak, monkeypatch):
    monkeypatch.setattr(fallback, "MOST_INFLATED", 5_000_000)
    with pytest.raises(UnreadableFile, match="at most 5000000 inflated bytes, found more"):
        parse(bomb, stop_before_pixels=True)
    (study,) = index_export(bomb.parent, key=b"test")
    assert len(study.faults) == 1
    assert peak() < 30_000_000


def test_a_deflated_file_that_is_not_too_large_is_parsed(tmp_path):
    path = write_slice(tmp_path / "slice", syntax=DeflatedExplicitVRLittleEndian)
    assert parse(path, stop_before_pixels=False).PatientID == "P1"


def test_a_compressed_nifti_that_declares_more_than_it_can_hold_is_refused(tmp_path, peak):
    header = bytearray(352)
    struct.pack_into("<I", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 32767, 32767, 32767, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 4, 16)
    struct.pack_into("<f", header, 108, 352.0)
    header[344:348] = b"n+1\0"
    (tmp_path / "bomb.nii.gz").write_bytes(gzip.compress(bytes(header) + bytes(10_000_000)))
    (study,) = index_export(tmp_path, key=b"test")
    assert "it declares (32767, 32767, 32767)" in study.faults[0].detail
    assert peak() < _MOST
