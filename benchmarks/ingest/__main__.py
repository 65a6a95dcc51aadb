"""Reading CT against SimpleITK, pydicom, dcm2niix and MONAI: ``python -m benchmarks.ingest``.

One synthetic series of 300 slices of 512 x 512, uncompressed, in JPEG-LS and in JPEG 2000. Each
reader runs in a process of its own, after a warm-up, so the files are in the page cache and
imports are not counted. ctbone is timed end to end: from the folder over the index to the
volume in Hounsfield units. The floor is reading the bytes of the uncompressed pixels into one
array. Times are the best of the repeats.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.comparison import Comparison, Timing, listing
from benchmarks.ingest.series import SIZE, SYNTAXES, write_series
from benchmarks.measure import measure

SLICES, REPEATS = 300, 5
PEERS = {
    "dcm2niix": "read_dcm2niix",
    "pydicom frombuffer": "read_frombuffer",
    "pydicom pixel_array": "read_pydicom",
    "SimpleITK": "read_simpleitk",
    "MONAI PydicomReader": "read_monai_pydicom",
    "MONAI ITKReader": "read_monai_itk",
}


def main() -> None:
    """Print every reader on each syntax."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--slices", type=int, default=SLICES)
    options = parser.parse_args()
    print(listing(comparisons(slices=options.slices, repeats=options.repeats)))


def comparisons(*, slices: int = SLICES, repeats: int = REPEATS) -> list[Comparison]:
    """Make the series and measure every reader on each syntax: plain, JPEG-LS, JPEG 2000."""
    with tempfile.TemporaryDirectory() as made:
        write_series(Path(made), slices=slices)
        return [_compared(Path(made) / syntax, slices, repeats) for syntax in SYNTAXES]


def _compared(folder: Path, slices: int, repeats: int) -> Comparison:
    is_plain = folder.name == "plain"
    # Seconds a run where pixels are compressed.
    times = repeats if is_plain else max(1, repeats // 2)
    floor_s = _measured("floor", "read_bytes", folder, times).wall_s if is_plain else None
    # Buffers of compressed pixels are no pixels.
    peers = {n: f for n, f in PEERS.items() if is_plain or f != "read_frombuffer"}
    return Comparison(
        task=f"read {slices} slices of {SIZE}x{SIZE}, {folder.name}",
        own=_measured("ctbone", "read_ctbone", folder, times),
        peers=tuple(_measured(name, reader, folder, times) for name, reader in peers.items()),
        floor_s=floor_s,
    )


def _measured(program: str, reader: str, folder: Path, repeats: int) -> Timing:
    return measure(program, f"benchmarks.ingest.readers:{reader}", str(folder), repeats=repeats)


if __name__ == "__main__":
    main()
