"""Time the indexing of a tree of CT files against its peers, each in its own process.

    python -m benchmarks.ingest_tree
    python -m benchmarks.ingest_tree --series 1000 --repeats 2

The first is of 3,000 files, the second of 100,000. The floor reads the first 4 kB of every file
and does nothing with them. After a warm-up, the fastest repeat counts.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.comparison import Comparison, Timing, listing
from benchmarks.ingest_tree.tree import SLICES, make_tree
from benchmarks.measure import measure

SERIES, REPEATS = 30, 5
PEERS = {
    "ctbone, with a catalogue": "index_ctbone_catalogue",
    "dcm2niix, listing the series": "list_dcm2niix",
    "GDCM": "index_gdcm",
    "pydicom": "index_pydicom",
    "SimpleITK": "index_simpleitk",
}


def main() -> None:
    """Print a line a tool."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=SERIES, help=f"of {SLICES} files each")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="of which the fastest counts")
    parser.add_argument("--folder", type=Path, help="where the tree is made for the while")
    options = parser.parse_args()
    found = comparisons(options.folder, series=options.series, repeats=options.repeats)
    print(listing(found))


def comparisons(
    folder: Path | None = None, *, series: int = SERIES, repeats: int = REPEATS
) -> list[Comparison]:
    """Make a tree of so many series and time every tool on it."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        root = Path(made) / "export"
        make_tree(root, series=series)
        words = (str(root), str(series * SLICES))

        def timed(program: str, tool: str) -> Timing:
            target = f"benchmarks.ingest_tree.tools:{tool}"
            return measure(program, target, *words, repeats=repeats)

        floor = timed("floor", "read_bytes")
        own = timed("ctbone", "index_ctbone")
        peers = tuple(timed(name, tool) for name, tool in PEERS.items())
    task = f"index {series * SLICES:,} files"
    return [Comparison(task=task, own=own, peers=peers, floor_s=floor.wall_s)]


if __name__ == "__main__":
    main()
