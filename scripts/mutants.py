"""Would the tests notice if the code were wrong? Mutation testing of three areas.

    python3 -m venv .venv-house && .venv-house/bin/pip install -e ".[test,house]"
    .venv-house/bin/python scripts/mutants.py [AREA ...] [--share 0.03] [--seed 8]

mutmut changes an operator, a number, a name, an argument or a word of the code at a time, and runs
the tests that reach it. A mutant that no test notices has survived. The table has, of each area,
how many mutants there are, how many were tried, killed (a test failed or never ended), are named
as equivalent in scripts/equivalent_mutants.yaml, and survived; below it stands what survived.

Areas are the geometry of slices and volumes, the rules that decide, and the statistics of pooling
but for what it draws, writes and says. Pooling has thousands of mutants, of which a share is drawn
by the seed; the others are tried whole unless a share is given. Left out are messages, properties
and constants of modules, which mutmut does not change; [tool.mutmut] has the files and the tests.

What was killed is not tried again until its function changes; without the folder mutants/ all is.

An entry of the list gives the line as it was and as the mutant has it, and why nobody can tell the
two apart. One that is another mutant by now, or that a test kills, fails the run, as does an area
in which a tenth of those that are not equivalent survive.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = ROOT / "mutants"
EQUIVALENT = ROOT / "scripts" / "equivalent_mutants.yaml"

#: The modules of each area, and the share of its mutants that is drawn.
AREAS: Mapping[str, tuple[tuple[str, ...], float]] = {
    "geometry": (("ctbone.volume", "ctbone.ingest"), 1.0),
    "decisions": (("ctbone.rules", "ctbone.densitometry", "ctbone.screening"), 1.0),
    "pooling": (("ctbone.pooling",), 0.03),
}

#: An area passes when fewer than this share of its mutants survive.
LIMIT = 0.1

#: What mutmut keeps of a mutant that no test failed for, and of one that no test reaches.
_SURVIVED = (0, 33)


@dataclass(frozen=True)
class Equivalent:
    """A mutant that does what the code does.

    Attributes:
        was: The line of the code.
        now: The same line of the mutant.
        why: Key of the reason.
    """

    was: str
    now: str
    why: str


@dataclass(frozen=True)
class Tally:
    """How the mutants of an area fared.

    Attributes:
        area: Its name.
        total: Mutants that there are.
        tried: Those that tests ran on.
        survived: Those that no test failed for, in order.
        equivalent: Those of them that are named as equivalent, in order.
    """

    area: str
    total: int
    tried: int
    survived: tuple[str, ...]
    equivalent: tuple[str, ...]

    @property
    def left(self) -> tuple[str, ...]:
        """Mutants that the tests ought to have noticed."""
        return tuple(name for name in self.survived if name not in self.equivalent)

    @property
    def share(self) -> float:
        """Share that survived of those tried that are not equivalent; 0 of none."""
        return len(self.left) / max(self.tried - len(self.equivalent), 1)

    def row(self) -> str:
        """Return the row of the table."""
        killed = self.tried - len(self.survived)
        counts = (self.total, self.tried, killed, len(self.equivalent), len(self.left))
        return f"{self.area:<10}" + "".join(f"{n:>12}" for n in counts) + f"{self.share:>9.1%}"


def drawn(names: Sequence[str], *, share: float, seed: int) -> list[str]:
    """Return a share of the mutants in order; a larger share of one seed holds a smaller one."""
    shuffled = sorted(names)
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    return sorted(shuffled[: round(share * len(names))])


def tally(area: str, codes: Mapping[str, int | None], known: Mapping[str, Equivalent]) -> Tally:
    """Count what became of the mutants of an area, of which each has an exit code if tried."""
    tried = [name for name, code in codes.items() if code is not None]
    survived = tuple(sorted(name for name in tried if codes[name] in _SURVIVED))
    equivalent = tuple(name for name in survived if name in known)
    return Tally(area, len(codes), len(tried), survived, equivalent)


def mistakes(
    known: Mapping[str, Equivalent], codes: Mapping[str, int | None], lines: Mapping[str, str]
) -> list[str]:
    """Say what is wrong with the list of equivalent mutants.

    Args:
        known: The list.
        codes: Exit codes of the mutants that there are, ``None`` of those not tried.
        lines: What each of the list changes, as ``changed`` gives it.
    """
    found = []
    for name, entry in known.items():
        if name not in codes or lines[name] != f"-{entry.was}\n+{entry.now}":
            found.append(f"{name} is another mutant now, or none")
        elif codes[name] not in (*_SURVIVED, None):
            found.append(f"{name} is killed by a test, and not equivalent")
    return found


def changed(diff: str) -> str:
    """Return the lines that a diff takes away and adds, without their indentation."""
    body = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in _HEADS]
    return "\n".join(line[0] + line[1:].strip() for line in body)


_HEADS = ("---", "+++")


def equivalents() -> tuple[dict[str, Equivalent], dict[str, str]]:
    """Return the mutants that are named as equivalent, and the reasons by their keys."""
    held = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    return {name: Equivalent(**entry) for name, entry in held["mutants"].items()}, held["reasons"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 if an area or the list fails."""
    options = _options(arguments)
    # Makes all mutants and notes which tests reach them: mutmut has no command for that alone.
    _mutmut("run", "--max-children", "1", "ctbone.rules.*")
    _widen(MUTANTS / "mutmut-stats.json")
    tallies, wrong = [], []
    for area in options.areas or AREAS:
        tallies.append(_tried(area, options.share or AREAS[area][1], options.seed))
        wrong += _listed_wrongly(area)
    heads = ("mutants", "tried", "killed", "equivalent", "survived")
    print(f"{'area':<10}" + "".join(f"{head:>12}" for head in heads) + f"{'share':>9}")
    print(*(one.row() for one in tallies), sep="\n")
    for name in (name for one in tallies for name in one.left):
        print(f"\n{name}\n{_change(name)}")
    print(*wrong, sep="\n")
    return int(bool(wrong) or any(one.share >= LIMIT for one in tallies))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("areas", nargs="*", choices=[*AREAS, []], metavar="AREA")
    parser.add_argument("--share", type=float, help="share of mutants to try, 0 to 1")
    parser.add_argument("--seed", type=int, default=8, help="which are drawn")
    return parser.parse_args(arguments)


def _tried(area: str, share: float, seed: int) -> Tally:
    """Try a share of the mutants of an area, and all of them that are named as equivalent."""
    known, _ = equivalents()
    names = list(codes := _codes(area))
    chosen = set(drawn(names, share=share, seed=seed))
    if again := [name for name in chosen if codes[name] in (*_SURVIVED, None)]:
        _mutmut("run", "--max-children", "1", *again)
    codes = _codes(area)
    return tally(area, {name: codes[name] if name in chosen else None for name in names}, known)


def _widen(path: Path) -> None:
    """Let all tests of a module reach what one of them reaches.

    mutmut notes a call in the test during which it happens, so that what a fixture of a module
    makes is noted in the first test alone, and not in those that look at it.
    """
    stats = json.loads(path.read_text(encoding="utf-8"))
    reached = stats["tests_by_mangled_function_name"]
    of_module: dict[str, list[str]] = {}
    for test in stats["duration_by_test"]:
        of_module.setdefault(test.split("::")[0], []).append(test)
    for function, tests in reached.items():
        modules = {test.split("::")[0] for test in tests}
        reached[function] = sorted(one for module in modules for one in of_module.get(module, ()))
    path.write_text(json.dumps(stats), encoding="utf-8")


def _listed_wrongly(area: str) -> list[str]:
    codes = _codes(area)
    known = {name: one for name, one in equivalents()[0].items() if _is_of(area, name)}
    return mistakes(known, codes, {name: _change(name) for name in known if name in codes})


def _is_of(area: str, name: str) -> bool:
    return any(name.startswith(f"{module}.") for module in AREAS[area][0])


def _codes(area: str) -> dict[str, int | None]:
    """Return the exit code of each mutant of an area, ``None`` where it was not tried."""
    codes: dict[str, int | None] = {}
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        codes |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return {name: code for name, code in codes.items() if _is_of(area, name)}


def _change(name: str) -> str:
    return changed(_mutmut("show", name))


def _mutmut(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *words],
        cwd=ROOT,
        # A mutant is a fork, which does not keep the threads that computed before it.
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"mutmut {words[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
