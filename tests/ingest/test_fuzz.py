"""Damaged files: no crash, no hang, nothing unaccounted for, no volume from half the pixels.

Small series cropped from real ones where these are at hand, and made ones everywhere, are damaged
in headers, lengths, pixels and by truncation, with fixed seeds, and go the whole way: index,
select, read. ``benchmarks.hostile_studies`` damages thousands of studies.
"""

import contextlib
import shutil
import sqlite3
import time

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate

from ctbone.errors import CtboneError
from ctbone.ingest import SeriesRule, index_export, read_volume, select_series
from tests.ingest.conftest import write_slice
from tests.ingest.stacks import body, write_stack
from tests.ingest.test_decode import (
    JPEG_70,
    JPEG_2000,
    JPEG_LS,
    RLE,
    plane_position,
    shared_groups,
    stored_of,
    write_compressed,
)

IMPLICIT, DEFLATED, BIG_ENDIAN = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
)
SLICES, SIZE = 12, 32
RULE = SeriesRule(minimum_slices=3, minimum_extent_mm=1.0)
#: Longest that one damaged export may take, seconds; whole ones take hundredths.
TOO_LONG_S = 20.0


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """Folders of whole small series to damage."""
    folder = tmp_path_factory.mktemp("seeds")
    hu = body((SLICES, SIZE, SIZE))
    write_stack(folder / "explicit", hu)
    write_stack(folder / "implicit", hu, syntax=IMPLICIT)
    write_stack(folder / "deflated", hu, syntax=DEFLATED)
    write_stack(folder / "tilted", hu, drift_mm=(0.0, 0.3))
    swapped = (hu + 1024).astype(">i2")
    write_stack(
        folder / "big endian", hu, syntax=BIG_ENDIAN, PixelData=lambda k: swapped[k].tobytes()
    )
    for syntax in (RLE, JPEG_70, JPEG_LS, JPEG_2000):
        write_compressed(folder / syntax, hu, syntax)
    write_multi_frame(folder / "multi-frame", hu)
    return folder


@pytest.fixture(scope="module")
def real_seeds(shared_data, tmp_path_factory):
    """The same, cropped from real series with their own headers."""
    folder = tmp_path_factory.mktemp("real")
    ct = shared_data / "ct"
    for name in ("CRLM-CT-1004", "negative_STS_001_thigh", "dcm_qa_ct_philips_tilt/S3010"):
        paths = [p for p in sorted((ct / name).iterdir()) if p.name != "DIRFILE"]
        crop(paths[:SLICES], folder / name.partition("/")[0])
    paths = sorted((ct / "totalseg_dicom_j2k").iterdir())
    crop(paths[:SLICES], folder / "j2k")
    shutil.copytree(ct / "dcmqi_24x38x3_enhanced_pair" / "multiframe", folder / "enhanced")
    shutil.copytree(ct / "tptbox_sample_ct", folder / "nifti")
    return folder


def crop(paths, out):
    """Keep the headers and the middle of the pixels, in the transfer syntax of the files."""
    out.mkdir()
    for path in paths:
        dataset = pydicom.dcmread(path)
        middle = slice(dataset.Rows // 2, dataset.Rows // 2 + SIZE)
        values = np.ascontiguousarray(dataset.pixel_array[middle, middle])
        dataset.Rows, dataset.Columns = values.shape
        if dataset.file_meta.TransferSyntaxUID.is_compressed:
            stream = imagecodecs.jpeg2k_encode(values, level=0, reversible=True, codecformat="J2K")
            dataset.PixelData = encapsulate([bytes(stream)])
        else:
            dataset.PixelData = values.tobytes()
        # Whatever follows the pixels would hide that they are cut short.
        tags = list(dataset.keys())
        for tag in tags:
            if tag > 0x7FE00010:
                del dataset[tag]
        dataset.save_as(out / path.name)


def write_multi_frame(folder, hu):
    """Write Enhanced CT."""
    absent = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness")
    write_slice(
        folder / "multi",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1",
        NumberOfFrames=len(hu),
        Rows=SIZE,
        Columns=SIZE,
        PixelRepresentation=0,
        PixelData=stored_of(hu).tobytes(),
        SharedFunctionalGroupsSequence=[shared_groups()],
        PerFrameFunctionalGroupsSequence=[plane_position(k) for k in range(len(hu))],
        **dict.fromkeys((*absent, "RescaleSlope", "RescaleIntercept")),
    )


def damage(raw, rng):  # noqa: C901, PLR0912 - a flat list of kinds
    """Return damaged bytes, and whether the end of the file is gone."""
    if rng.random() < 0.1:
        return raw[: int(rng.integers(0, len(raw) - 2))], True
    data = bytearray(raw)
    # Half of the damage goes to the header, which is a small part of most files.
    reach = len(data) if rng.random() < 0.5 else min(len(data), 2200)
    at = int(rng.integers(0, reach))
    kind = rng.integers(1, 9)
    if kind == 1:
        data[at] ^= 1 << int(rng.integers(0, 8))
    elif kind == 2:
        lie = rng.choice(
            [0, 1, 0x7FFF, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF, int(rng.integers(1 << 32))]
        )
        width = int(rng.choice([2, 4]))
        data[at : at + width] = (int(lie) & ((1 << 8 * width) - 1)).to_bytes(width, "little")
    elif kind == 3:
        size = int(rng.integers(1, 64))
        data[at : at + size] = rng.bytes(size)
    elif kind == 4:
        data[at : at + int(rng.integers(1, 300))] = b""
    elif kind == 5:
        data[at:at] = rng.bytes(int(rng.integers(1, 300)))
    elif kind == 6:
        data[at : at + 200] = bytes(min(200, len(data) - at))
    elif kind == 7:
        data[at:at] = data[at : at + 500]
    else:
        digits = [n for n in range(reach) if 0x30 <= data[n] <= 0x39]
        data[int(rng.choice(digits or [at]))] = int(rng.integers(0x20, 0x7F))
    return bytes(data), False


def check(export, catalogue, cut):
    """Take an export the whole way; return how many volumes came of it."""
    start = time.perf_counter()
    studies = list(index_export(export, key=b"fuzz", catalogue=catalogue))
    volumes, leaks = 0, False
    for study in studies:
        with contextlib.suppress(CtboneError):
            select_series(study, rule=RULE)
        for series in study.series:
            try:
                volume = read_volume(series)
            except CtboneError as fault:
                leaks |= str(export) in str(fault)
                continue
            assert volume.hu.size > 0
            assert not {item.path for item in series.slices} & cut, "a cut file became a volume"
            volumes += 1
    assert not leaks, "a message names a path"
    assert time.perf_counter() - start < TOO_LONG_S
    assert_accounted(export, catalogue, studies)
    return volumes


def assert_accounted(export, catalogue, studies):
    """Every file has a row, and every row but those of other objects stands in a study."""
    with sqlite3.connect(catalogue) as database:
        rows = database.execute("SELECT number, status FROM files").fetchall()
    database.close()
    assert len(rows) == sum(path.is_file() for path in export.rglob("*"))
    known = {item.number for s in studies for series in s.series for item in series.slices}
    known |= {fault.number for s in studies for fault in s.faults}
    assert {number for number, status in rows if status in ("slice", "unreadable")} <= known


def fuzz(seeds, work, *, rounds, seed):
    """Damage one or two files of each series in turn; return rounds done and volumes read."""
    rng = np.random.default_rng(seed)
    volumes = 0
    folders = sorted(path for path in seeds.iterdir() if path.is_dir())
    for number in range(rounds):
        export = work / "export"
        shutil.copytree(folders[number % len(folders)], export)
        files = sorted(path for path in export.rglob("*") if path.is_file())
        cut = set()
        for path in rng.choice(
            files, size=min(len(files), int(rng.integers(1, 3))), replace=False
        ):
            damaged, is_cut = damage(path.read_bytes(), rng)
            path.write_bytes(damaged)
            cut |= {path} if is_cut else set()
        volumes += check(export, work / "catalogue.sqlite3", cut)
        shutil.rmtree(export)
    return volumes


def test_whole_seeds_are_read(seeds, tmp_path):
    folders = sorted(seeds.iterdir())
    found = [check(folder, tmp_path / "catalogue.sqlite3", set()) for folder in folders]
    assert found == [1] * len(folders)


def test_200_damaged_exports(seeds, tmp_path):
    volumes = fuzz(seeds, tmp_path, rounds=200, seed=1)
    # Damage that misses what matters leaves a volume, most does not.
    assert 20 < volumes < 150


@pytest.mark.slow
def test_300_more_damaged_exports(seeds, tmp_path):
    assert fuzz(seeds, tmp_path, rounds=300, seed=100) > 0


@pytest.mark.slow
def test_300_damaged_exports_of_real_files(real_seeds, tmp_path):
    assert fuzz(real_seeds, tmp_path, rounds=300, seed=200) > 0
