"""Time the indexing of a tree of CT files against its peers, each in its own process.

    python -m benchmarks.ingest_tree
    python -m benchmarks.ingest_tree --series 1000 --repeats 2

The first is of 3,000 files, the second of 100,000. ``rows`` gives the table to other benchmarks.
The floor reads the first 4 kB of every file and does nothing with them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

SERIES = 30
SLICES = 100
REPEATS = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """One tool at one task, the fastest of the repeats.

    Attributes:
        task: What was done.
        tool: With what.
        wall_s: Wall time, seconds.
        cpu_s: CPU time of the process and its children, seconds.
        peak_mb: Largest resident memory of the process, MB, imports included.
        ratio: Wall time over that of the floor.
        note: Why there are no figures, if there are none.
    """

    task: str
    tool: str
    wall_s: float | None
    cpu_s: float | None
    peak_mb: float | None
    ratio: float | None
    note: str = ""


def rows(folder: Path | None = None, *, series: int = SERIES, repeats: int = REPEATS) -> list[Row]:
    """Make a tree of so many series, time every tool on it, and return a row each."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        root = Path(made) / "export"
        make_tree(root, series=series)
        files = series * SLICES
        found = {tool: _in_process(tool, root, files, repeats) for tool in TOOLS}
    floor = found["bytes (floor)"]["wall_s"]
    return [
        Row(
            task=f"headers of {files} files",
            tool=tool,
            wall_s=figures.get("wall_s"),
            cpu_s=figures.get("cpu_s"),
            peak_mb=figures.get("peak_mb"),
            ratio=figures["wall_s"] / floor if "wall_s" in figures else None,
            note=figures.get("note", ""),
        )
        for tool, figures in found.items()
    ]


def make_tree(root: Path, *, series: int = SERIES, slices: int = SLICES) -> None:
    """Write an export of axial CT series, three a study, with headers of 3 to 4 kB."""
    from pydicom.uid import generate_uid

    for number in range(series):
        study = number // 3
        folder = root / f"{study:04d}" / f"{number % 3:04d}"
        folder.mkdir(parents=True)
        dataset = _slice(study=study, series=number)
        for index in range(slices):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(
                entropy_srcs=[str(number), str(index)]
            )
            dataset.InstanceNumber = index + 1
            dataset.ImagePositionPatient = [-180.5, -171.25, -812.0 + 1.25 * index]
            dataset.SliceLocation = -812.0 + 1.25 * index
            dataset.save_as(folder / f"{index:06d}", enforce_file_format=True)


def _slice(*, study: int, series: int) -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.update(
        {
            "SOPClassUID": CTImageStorage,
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"],
            "StudyDate": "20240229",
            "SeriesDate": "20240229",
            "AcquisitionDate": "20240229",
            "ContentDate": "20240229",
            "StudyTime": "101112.345000",
            "SeriesTime": "101212.345000",
            "AcquisitionTime": "101312.345000",
            "ContentTime": "101412.345000",
            "AccessionNumber": f"A{study:08d}",
            "Modality": "CT",
            "Manufacturer": "SIEMENS",
            "InstitutionName": "Example hospital",
            "InstitutionAddress": "Example street 1, Example town",
            "ReferringPhysicianName": "Referrer^Example",
            "StationName": "CTAWP00001",
            "StudyDescription": "CT Thorax/Abdomen",
            "SeriesDescription": f"Abdomen 1.25 Br38 {series}",
            "ManufacturerModelName": "SOMATOM Definition AS+",
            "PatientName": f"Patient^Example {study}",
            "PatientID": f"P{study:06d}",
            "PatientBirthDate": "19590401",
            "PatientSex": "F",
            "PatientAge": "064Y",
            "BodyPartExamined": "ABDOMEN",
            "SliceThickness": "1.25",
            "KVP": "120",
            "DataCollectionDiameter": "500",
            "DeviceSerialNumber": "12345",
            "SoftwareVersions": "syngo CT 2012B",
            "ProtocolName": "Abdomen native",
            "ReconstructionDiameter": "360",
            "DistanceSourceToDetector": "1085.6",
            "DistanceSourceToPatient": "595",
            "GantryDetectorTilt": "0",
            "TableHeight": "151",
            "RotationDirection": "CW",
            "ExposureTime": "500",
            "XRayTubeCurrent": "215",
            "Exposure": "179",
            "FilterType": "0",
            "GeneratorPower": "26",
            "FocalSpots": "1.2",
            "ConvolutionKernel": ["Br38f", "3"],
            "PatientPosition": "HFS",
            "StudyInstanceUID": generate_uid(entropy_srcs=[f"study {study}"]),
            "SeriesInstanceUID": generate_uid(entropy_srcs=[f"series {series}"]),
            "StudyID": "1",
            "SeriesNumber": str(series % 3 + 1),
            "AcquisitionNumber": "1",
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "FrameOfReferenceUID": generate_uid(entropy_srcs=[f"frame {study}"]),
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "Rows": 16,
            "Columns": 16,
            "PixelSpacing": ["0.703125", "0.703125"],
            "BitsAllocated": 16,
            "BitsStored": 12,
            "HighBit": 11,
            "PixelRepresentation": 0,
            "WindowCenter": ["40", "-600"],
            "WindowWidth": ["400", "1200"],
            "RescaleIntercept": "-1024",
            "RescaleSlope": "1",
            "RescaleType": "HU",
            "PixelData": bytes(512),
        }
    )
    _add_sequences(dataset)
    return dataset


def _add_sequences(dataset: Dataset) -> None:
    """Add what fills real headers: references, codes and a private block."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence
    from pydicom.uid import CTImageStorage, generate_uid

    reference = Dataset()
    reference.ReferencedSOPClassUID = CTImageStorage
    reference.ReferencedSOPInstanceUID = generate_uid(entropy_srcs=["reference"])
    dataset.ReferencedImageSequence = Sequence([reference] * 4)
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "CTABD", "LOCAL", "CT abdomen"
    dataset.ProcedureCodeSequence = Sequence([code])
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", bytes(400))
    block.add_new(0x08, "CS", "IMAGE NUM 4")


def _read_bytes(root: Path) -> int:
    found = 0
    for folder, _, names in os.walk(root):
        for name in names:
            file = os.open(os.path.join(folder, name), os.O_RDONLY)  # noqa: PTH118
            found += len(os.read(file, 4096)) > 0
            os.close(file)
    return found


def _ctbone(root: Path) -> int:
    from ctbone.ingest import index_export

    studies = index_export(root, key=b"benchmark")
    return sum(len(series.slices) for study in studies for series in study.series)


def _ctbone_catalogue(root: Path) -> int:
    from ctbone.ingest import index_export

    catalogue = root.parent / "catalogue.sqlite3"
    studies = index_export(root, key=b"benchmark", catalogue=catalogue)
    return sum(len(series.slices) for study in studies for series in study.series)


def _simpleitk(root: Path) -> int:
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader
    folders = [folder for folder, _, names in os.walk(root) if names]
    return sum(
        len(reader.GetGDCMSeriesFileNames(folder, uid))
        for folder in folders
        for uid in reader.GetGDCMSeriesIDs(folder)
    )


def _gdcm(root: Path) -> int:
    import gdcm

    scanner = gdcm.Scanner()
    tags = (0x20000D, 0x20000E, 0x200032, 0x200037, 0x280030, 0x180050, 0x200013, 0x80018)
    for tag in tags:
        scanner.AddTag(gdcm.Tag(tag >> 16, tag & 0xFFFF))
    folder = gdcm.Directory()
    found = folder.Load(str(root), True)  # noqa: FBT003 - its only signature
    scanner.Scan(folder.GetFilenames())
    return int(found)


def _dcm2niix(root: Path) -> int:
    """List the series, which it does from the headers; it tells files only of what it converts."""
    with tempfile.TemporaryDirectory() as out:
        command = ["dcm2niix", "-n", "-1", "-d", "9", "-f", "%s", "-o", out, str(root)]
        listed = subprocess.run(command, capture_output=True, check=False, text=True).stdout
    match = re.search(r"Found (\d+) DICOM file", listed)
    return int(match[1]) if match else 0


def _pydicom(root: Path) -> int:
    from pydicom import dcmread

    series: dict[str, list[tuple[float, ...]]] = {}
    for folder, _, names in os.walk(root):
        for name in names:
            dataset = dcmread(Path(folder) / name, stop_before_pixels=True)
            position = tuple(dataset.ImagePositionPatient)
            series.setdefault(dataset.SeriesInstanceUID, []).append(position)
    return sum(map(len, series.values()))


_DCM2NIIX = "dcm2niix, listing the series"

TOOLS: dict[str, Callable[[Path], int]] = {
    "bytes (floor)": _read_bytes,
    "ctbone index_export": _ctbone,
    "ctbone index_export, catalogue": _ctbone_catalogue,
    "gdcm.Scanner": _gdcm,
    "SimpleITK series of each folder": _simpleitk,
    "pydicom loop": _pydicom,
    _DCM2NIIX: _dcm2niix,
}

_MODULES = {"gdcm.Scanner": "gdcm", "SimpleITK series of each folder": "SimpleITK"}


def _in_process(
    tool: str, root: Path, files: int, repeats: int
) -> dict[str, float] | dict[str, str]:
    if tool == _DCM2NIIX and shutil.which("dcm2niix") is None:
        return {"note": "dcm2niix is not installed"}
    module = _MODULES.get(tool)
    if module and importlib.util.find_spec(module) is None:
        return {"note": f"{module} is not installed"}
    command = [sys.executable, __file__, "--tool", tool, "--root", str(root)]
    command += ["--files", str(files), "--repeats", str(repeats)]
    checkout = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(
        command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": checkout}
    )
    return json.loads(done.stdout)


def _measure(tool: str, root: Path, files: int, repeats: int) -> dict[str, float]:
    """Run one tool a few times and return the figures of the fastest."""
    runs = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), _cpu_seconds()
        found = TOOLS[tool](root)
        runs.append((time.perf_counter() - wall, _cpu_seconds() - cpu))
        if found != files:
            raise RuntimeError(f"{tool} found {found} of {files} files")
    wall_s, cpu_s = min(runs)
    return {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": _peak_mb()}


def _cpu_seconds() -> float:
    """Return what the process and the children that it waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak_mb() -> float:
    """Return the largest resident memory, of a child too; not ``ru_maxrss``, the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(line.split()[1]), children) / 1024


def main() -> None:
    """Print the table, or as JSON the figures of the one tool that this process is to run."""
    options = _parser().parse_args()
    if options.tool:
        found = _measure(options.tool, options.root, options.files, options.repeats)
        print(json.dumps(found))
        return
    for row in rows(options.folder, series=options.series, repeats=options.repeats):
        if row.note:
            print(f"{row.tool:34} {row.note}")
        else:
            figures = f"{row.wall_s:8.3f} s {row.cpu_s:8.3f} c-s {row.peak_mb:6.0f} MB"
            print(f"{row.tool:34} {figures} {row.ratio:6.1f} x floor")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=SERIES, help=f"of {SLICES} files each")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="of which the fastest counts")
    parser.add_argument("--folder", type=Path, help="where the tree is made for the while")
    for name, kind in (("--tool", str), ("--root", Path), ("--files", int)):
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
