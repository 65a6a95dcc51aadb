"""Every figure of the README, measured one after the other and printed as its table.

    python -m benchmarks [--json FILE] [--write README.md] [--peer-python PATH]
    python -m benchmarks --only ingest resample
    python -m benchmarks --quick

Each job runs in a process of its own, and within it each program that is compared. One that is not
installed is said so in its cell; a job that fails leaves its reason in its rows, the others go on,
and the exit code is 1. --write replaces what lies between the two comments in a README, --json
keeps every number. Nothing else should run meanwhile; allow an hour.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.collecting import Ended, Runner, collect, run_apart
from benchmarks.jobs import JOBS, Job, Settings
from benchmarks.machine import Occasion, this_occasion
from benchmarks.markdown import replaced, table


def main(
    words: Sequence[str] | None = None, *, jobs: Sequence[Job] = JOBS, run: Runner = run_apart
) -> int:
    """Run as the module docstring says.

    Args:
        words: The command line; that of the process where it is not given.
        jobs: Every job that there is.
        run: Runs one of them.

    Returns:
        1 if a job failed.
    """
    parser = _parser(jobs)
    options = parser.parse_args(words)
    if options.write and (options.only or options.quick):
        parser.error("--write replaces the whole table: leave --only and --quick out")
    # Before an hour of measuring: a README without marks is refused.
    text = "" if options.write is None else options.write.read_text(encoding="utf-8")
    if options.write:
        replaced(text, "", where=options.write)
    chosen = [job for job in jobs if not options.only or job.name in options.only]
    occasion, ended = this_occasion(), _all_ended(chosen, options, run)
    fresh = _told(occasion, ended, is_quick=options.quick)
    print(fresh)
    if options.json:
        options.json.write_text(_as_json(occasion, ended, options), encoding="utf-8")
    if options.write:
        options.write.write_text(replaced(text, fresh, where=options.write), encoding="utf-8")
    return int(any(one.failure for one in ended))


def _parser(jobs: Sequence[Job]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [job.name for job in jobs]
    add = parser.add_argument
    add("--only", nargs="+", choices=names, default=[], help="jobs to run; all without it")
    add("--write", type=Path, metavar="README", help="file whose table is replaced")
    add("--json", type=Path, metavar="FILE", help="file that takes every number")
    add("--peer-python", type=Path, help="interpreter that has nnunetv2, to time its predictor")
    add("--threads", type=int, default=2, help="of a measurement, where it can be told")
    add("--folder", type=Path, help="where jobs make what they need, for the while")
    add("--quick", action="store_true", help="smallest settings: that it works, no figures")
    return parser


def _all_ended(jobs: Sequence[Job], options: argparse.Namespace, run: Runner) -> list[Ended]:
    found = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        settings = Settings(
            folder=Path(folder),
            is_quick=options.quick,
            threads=options.threads,
            peer_python=options.peer_python,
        )
        for one in collect(jobs, settings, run=run):
            how = one.failure or "done"
            print(f"{one.job.name}: {how} ({one.seconds:.0f} s)", file=sys.stderr, flush=True)
            found.append(one)
    return found


def _told(occasion: Occasion, ended: Sequence[Ended], *, is_quick: bool) -> str:
    trial = " Smallest settings: the times mean nothing." if is_quick else ""
    return f"{occasion.told()}{trial}\n\n{table(ended)}"


def _as_json(occasion: Occasion, ended: Sequence[Ended], options: argparse.Namespace) -> str:
    kept = {
        "measured": asdict(occasion),
        "is_quick": options.quick,
        "threads": options.threads,
        "jobs": {one.job.name: one.plain() for one in ended},
    }
    return json.dumps(kept, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
