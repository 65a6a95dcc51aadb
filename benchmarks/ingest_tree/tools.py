"""Each tool that indexes a tree; ``measure`` calls them in processes of their own.

Each takes the tree and how many files it has to find there, both as words of a command line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from benchmarks.comparison import Cannot


def _counted(tool: Callable[[Path], int]) -> Callable[[str, str], None]:
    """Return a tool that fails where it does not find every file."""

    @wraps(tool)
    def run(root: str, files: str) -> None:
        found = tool(Path(root))
        if found != int(files):
            raise RuntimeError(f"{tool.__name__} found {found} of {files} files")

    return run


@_counted
def read_bytes(root: Path) -> int:
    """Read the first 4 kB of every file: what nothing that looks at headers can undercut."""
    found = 0
    for folder, _, names in os.walk(root):
        for name in names:
            file = os.open(os.path.join(folder, name), os.O_RDONLY)  # noqa: PTH118
            found += len(os.read(file, 4096)) > 0
            os.close(file)
    return found


@_counted
def index_ctbone(root: Path) -> int:
    """Index the tree."""
    from ctbone.ingest import index_export

    studies = index_export(root, key=b"benchmark")
    return sum(len(series.slices) for study in studies for series in study.series)


@_counted
def index_ctbone_catalogue(root: Path) -> int:
    """Index the tree and keep a catalogue beside it."""
    from ctbone.ingest import index_export

    catalogue = root.parent / "catalogue.sqlite3"
    studies = index_export(root, key=b"benchmark", catalogue=catalogue)
    return sum(len(series.slices) for study in studies for series in study.series)


@_counted
def index_simpleitk(root: Path) -> int:
    """Find the series of each folder, and the files of each series."""
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader
    folders = [folder for folder, _, names in os.walk(root) if names]
    return sum(
        len(reader.GetGDCMSeriesFileNames(folder, uid))
        for folder in folders
        for uid in reader.GetGDCMSeriesIDs(folder)
    )


@_counted
def index_gdcm(root: Path) -> int:
    """Scan for the elements that make a series and its geometry."""
    import gdcm

    scanner = gdcm.Scanner()
    tags = (0x20000D, 0x20000E, 0x200032, 0x200037, 0x280030, 0x180050, 0x200013, 0x80018)
    for tag in tags:
        scanner.AddTag(gdcm.Tag(tag >> 16, tag & 0xFFFF))
    folder = gdcm.Directory()
    found = folder.Load(str(root), True)  # noqa: FBT003 - its only signature
    scanner.Scan(folder.GetFilenames())
    return int(found)


@_counted
def list_dcm2niix(root: Path) -> int:
    """List the series, which it does from the headers; it tells files only of what it converts."""
    if shutil.which("dcm2niix") is None:
        raise Cannot("dcm2niix is not installed")
    with tempfile.TemporaryDirectory() as out:
        command = ["dcm2niix", "-n", "-1", "-d", "9", "-f", "%s", "-o", out, str(root)]
        listed = subprocess.run(command, capture_output=True, check=False, text=True).stdout
    match = re.search(r"Found (\d+) DICOM file", listed)
    return int(match[1]) if match else 0


@_counted
def index_pydicom(root: Path) -> int:
    """Read every header and keep the positions of each series."""
    from pydicom import dcmread

    series: dict[str, list[tuple[float, ...]]] = {}
    for folder, _, names in os.walk(root):
        for name in names:
            dataset = dcmread(Path(folder) / name, stop_before_pixels=True)
            position = tuple(dataset.ImagePositionPatient)
            series.setdefault(dataset.SeriesInstanceUID, []).append(position)
    return sum(map(len, series.values()))
