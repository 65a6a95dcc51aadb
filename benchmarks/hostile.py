"""Hostile tables through ``ctbone pool``: each gives a result or one clear sentence.

``python -m benchmarks.hostile --tables 10000 --seed 0`` draws tables that are random, broken or
both, runs the real command on each in this process, and prints how many ended how, and in how
many seconds. What departs from "a result without a NaN, or one sentence and exit code 2 or 3" is
printed with its seed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from benchmarks.hostile_tables import draw
from ctbone.cli import main as command

#: Exit codes of a result, a mistake and nothing usable.
_RESULT, _MISTAKE, _NOTHING = 0, 2, 3

#: What a sentence about a file says; the system has its own for files that are not there.
_ABOUT_FILE = re.compile(
    r"^ctbone: [^:]+: (expected .+, found .|.*no such file or directory$|.*is a directory$)"
)


def run(path: Path, out: Path) -> str:
    """Pool a file with the real command and return how it ended.

    Raises:
        AssertionError: If it neither gives a result without a NaN nor one clear sentence.
    """
    shown, said, code = io.StringIO(), io.StringIO(), _RESULT
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(said):
        try:
            command(["pool", "--tables", str(path), "--out", str(out), "--figures", "false"])
        except SystemExit as end:
            code = int(end.code or 0)
    if code == _RESULT:
        _require(not said.getvalue(), f"a result, and on stderr {said.getvalue()!r}")
        require_numbers(out)
        return "result"
    _require(code in {_MISTAKE, _NOTHING}, f"exit code {code}: {said.getvalue()!r}")
    require_sentence(said.getvalue(), code)
    return _kind(said.getvalue(), code)


def _require(holds: bool, found: str) -> None:  # noqa: FBT001
    if not holds:
        raise AssertionError(found)


def require_numbers(out: Path) -> None:
    """Check that what a run wrote parses and holds finite numbers only."""
    for name in ("pooling.json", "run.json"):
        json.loads((out / name).read_text(encoding="utf-8"), parse_constant=_refuse)
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = (row["estimate"], row["lower"], row["upper"])
            _require(not {*numbers} & {"nan", "inf", "-inf"}, f"{numbers} in summary.csv")


def _refuse(constant: str) -> float:
    raise AssertionError(f"{constant} in JSON")


def require_sentence(said: str, code: int) -> None:
    """Check that what a run said is one line, in words, and about the file where that is amiss."""
    is_one = said.startswith("ctbone: ") and said.count("\n") == 1 and len(said.splitlines()) == 1
    _require(is_one and len(said) < 2000, f"no sentence: {said!r}")
    _require(not re.search(r"Traceback|Error\b|<class|object at", said), f"no words: {said!r}")
    is_about_file = code != _MISTAKE or _ABOUT_FILE.search(said)
    _require(bool(is_about_file), f"not what was expected and found: {said!r}")


def _kind(said: str, code: int) -> str:
    """Return a sentence without what is particular to a file."""
    if code == _NOTHING:
        return "nothing to pool"
    plain = re.sub(r"'[^']*'|\"[^\"]*\"|\[.*?\]|[0-9]+|0x\w+", "_", said.strip())
    plain = re.sub(r"^ctbone: \S*?(?: \S+)?: |^ctbone: .*?, line _: ", "refused: ", plain)
    return plain.partition(", found")[0][:76]


def try_seed(seed: int, folder: Path) -> tuple[str, str]:
    """Return how the table of a seed ended, and what was wrong with that, if anything."""
    path = draw(seed, folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            return run(path, folder / "out"), ""
    except AssertionError as fault:
        return "fault", str(fault)
    # A traceback is what this is looking for.
    except Exception as fault:  # noqa: BLE001
        where = traceback.extract_tb(fault.__traceback__)[-1]
        return "traceback", f"{fault!r} in {Path(where.filename).name}, line {where.lineno}"


def main() -> None:
    """Try many seeds and print how they ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts, faults, start = Counter[str](), 0, time.perf_counter()
    for seed in range(options.seed, options.seed + options.tables):
        with tempfile.TemporaryDirectory() as folder:
            kind, fault = try_seed(seed, Path(folder))
        counts[kind] += 1
        if fault:
            faults += 1
            print(f"seed {seed}: {fault[:400]}", flush=True)
    seconds = time.perf_counter() - start
    for kind, count in counts.most_common():
        print(f"{count:6d}  {kind}")
    print(f"{options.tables} tables in {seconds:.0f} s; {faults} neither result nor sentence")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
