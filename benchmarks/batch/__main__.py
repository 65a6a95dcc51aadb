"""A batch from its first study to its last, and one that is killed on the way.

    python -m benchmarks.batch --export FOLDER --out FOLDER
    python -m benchmarks.batch ... --masks masks.csv --workers 2 --kills 30 --seed 1

Screens the export once undisturbed, with the memory of every process after each study. Then the
command line screens it again, is killed at random moments, sometimes after one of its workers was,
and is given again each time; what it leaves has to be what the undisturbed run left, byte for byte
but for the seconds. OUT/batch.json holds every figure; the exit code is 1 where the two differ or
a process outlived the command.

The export is any; ``ctbone simulate --config configs/simulate/two-sites.yaml --broken_fraction 0.2
--patients 240 --out FOLDER`` makes one of about 300 studies.
"""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks.batch.kills import killed_run
from benchmarks.batch.options import export_parser
from benchmarks.batch.outputs import differences
from benchmarks.batch.undisturbed import undisturbed_run
from ctbone.runs import file_digest


def main() -> int:
    """Run as the module docstring says."""
    options = _parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    # Pseudonyms are keyed: two runs compare only under one key.
    (options.out / "site.key").write_text(f"benchmark {options.seed}\n")
    whole = undisturbed_run(options)
    print(whole.told())
    report = {"undisturbed": whole.plain(), "workers": options.workers}
    failed = False
    if options.kills:
        killed = killed_run(options, seconds=whole.elapsed_s)
        apart = differences(options.out / "whole", options.out / "killed")
        report |= {"killed": killed.plain(), "differences": apart}
        failed = bool(apart or killed.survivors)
        print(killed.told())
        print("the same results" if not apart else f"other results: {', '.join(apart)}")
    if options.masks:
        report["masks_sha256"] = file_digest(options.masks)
    (options.out / "batch.json").write_text(json.dumps(report, indent=2) + "\n")
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = export_parser(__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    return parser


if __name__ == "__main__":
    sys.exit(main())
