"""Thousands of damaged studies through ``ctbone screen``, by worker processes.

    python -m benchmarks.hostile_studies --studies 5000 --seed 0 --workers 2

Writes one export: a sound study of each kind (explicit and implicit VR, JPEG-LS, multi-frame,
NIfTI) and 5,000 with one thing done to each (``damage`` lists what). The real command screens it,
and what it leaves is judged: every study and file accounted for, found = screened + rejected, no
fault of ctbone among the reasons, no worker lost, no traceback, none of the planted names in
any output. What departs from that is printed with the study, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.hostile_studies.export import write_export
from benchmarks.hostile_studies.judging import faults, results

#: Of many faults of one kind, as many as are of use.
_SHOWN = 40


def main() -> int:
    """Run as the module docstring says."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.out or Path(folder)
        began = time.perf_counter()
        export = write_export(root, studies=options.studies, seed=options.seed)
        print(f"{len(export.done)} studies written in {time.perf_counter() - began:.0f} s")
        out = root / "screened"
        command = [sys.executable, "-m", "ctbone", *export.words, "--out", str(out)]
        began = time.perf_counter()
        ended = subprocess.run(
            [*command, "--workers", str(options.workers)],
            capture_output=True,
            text=True,
            check=False,
        )
        said = ended.stdout + ended.stderr
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = used.ru_utime + used.ru_stime
        print(f"screened in {time.perf_counter() - began:.0f} s, {cpu_s:.0f} s of processors")
        if ended.returncode:
            print(f"exit code {ended.returncode}: {said[-2000:]}")
            return 1
        wrong = faults(export, out, said)
        _tell(out, wrong)
    return int(bool(wrong))


def _tell(out: Path, wrong: list[str]) -> None:
    rows = results(out)
    counts = Counter(row["reason"] or row["status"] for row in rows)
    for name, count in counts.most_common():
        print(f"{count:6d}  {name}")
    for fault in wrong[:_SHOWN]:
        print(fault)
    print(f"{len(rows)} studies accounted for; {len(wrong)} faults")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--studies", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="a new folder, to keep what is written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
