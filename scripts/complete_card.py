"""Add the fine network and the figures of benchmarks/localiser to the card of the localiser."""

from __future__ import annotations

import argparse
from pathlib import Path

from ctbone.training.card import complete_card


def main() -> None:
    """Read the files that are named, and write the card anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card", type=Path, help="the JSON file beside the weights")
    parser.add_argument("--fine", type=Path, help="what the training of the fine network left")
    parser.add_argument("--benchmark", type=Path, help="what benchmarks/localiser wrote")
    given = parser.parse_args()
    complete_card(given.card, fine=given.fine, benchmark=given.benchmark)


if __name__ == "__main__":
    main()
