"""What every benchmark that screens an export is asked."""

from __future__ import annotations

import argparse
from pathlib import Path


def export_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of the export, the folder of results and the masks; others add to it.

    Args:
        description: What the benchmark does, printed as it stands.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--export", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    parser.add_argument("--masks", type=Path, help="masks.csv; without it the shipped localiser")
    return parser
