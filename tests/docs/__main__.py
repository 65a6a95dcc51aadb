"""Walk the pages: ``python -m tests.docs [PAGE ...]``, those of README and docs/ if none is named.

Every command on them is run, or stands in tests/docs/table.py with the reason why it is not; what
prose mentions has to exist. Ends with 1 and the places if not.
"""

import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.docs.blocks import Command
from tests.docs.checking import ROOT
from tests.docs.folder import copy_checkout, lay_out, prepare
from tests.docs.table import LISTED, SHORTENED
from tests.docs.walking import Outcome, walk

#: Rooms that nearly every page needs; loaded once, before pages part.
_HEAVY = ("screening", "training", "evaluation", "pooling", "phantom", "localisation", "report")

#: A page on which the reader changes the code.
_CHANGES_CODE = "docs/tutorials/add-a-backbone.md"


def pages() -> list[str]:
    """Return README and every page of docs/, in the order of their names."""
    found = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path.parent.name != "site"]
    return ["README.md", *(str(path.relative_to(ROOT)) for path in found)]


def groups(chosen: list[str]) -> list[list[str]]:
    """Return the pages that share a folder: the tutorials, which begin with the same command."""
    shared = [p for p in chosen if p.startswith("docs/tutorials/") and p != _CHANGES_CODE]
    return [shared] * bool(shared) + [[page] for page in chosen if page not in shared]


def walk_group(given: tuple[list[str], Path]) -> list[Outcome]:
    """Walk pages that share a folder, one after the other, in a process of their own."""
    together, work = given
    folder = work / together[0].replace("/", "-").removesuffix(".md")
    if together == [_CHANGES_CODE]:
        copy_checkout(folder)
    else:
        lay_out(together[0], work / "inputs", folder)
    os.chdir(folder)
    done: set[str] = set()
    found = []
    for page in together:
        began = _cpu_s()
        try:
            found += walk(page, apart=page == _CHANGES_CODE, done=done)
        except ValueError as mistake:
            found.append(Outcome(Command(page, 1, "the page"), "failed", said=str(mistake)))
        sys.stdout.write(f"{page}: {_cpu_s() - began:.0f} s of processor time\n")
        sys.stdout.flush()
    return found


def main(arguments: list[str]) -> int:
    """Walk the pages named, or all of them, and return the exit code."""
    began = time.perf_counter()
    work = Path(tempfile.mkdtemp(prefix="ctbone-docs-"))
    try:
        outcomes = _walk_all(arguments or pages(), work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _tell(outcomes)
    stale = [] if arguments else _stale(outcomes)
    for rule in stale:
        sys.stdout.write(f"FAILED table.py: a rule about nothing: {rule}\n")
    counts = {
        what: sum(o.what == what for o in outcomes)
        for what in ("run", "listed", "mentioned", "failed")
    }
    sys.stdout.write(", ".join(f"{count} {what}" for what, count in counts.items()))
    sys.stdout.write(
        f"; {time.perf_counter() - began:.0f} s, {_cpu_s():.0f} s of processor time\n"
    )
    return 1 if counts["failed"] or stale else 0


def _walk_all(chosen: list[str], work: Path) -> list[Outcome]:
    for room in _HEAVY:
        import_module(f"ctbone.{room}")
    context = multiprocessing.get_context("fork")
    inputs = work / "inputs"
    inputs.mkdir()
    if not all(page.startswith("docs/tutorials/") for page in chosen):
        # In a process of its own: threads of networks do not follow where a process forks.
        with context.Pool(1) as pool:
            pool.apply(prepare, (inputs,))
    with context.Pool(2, maxtasksperchild=1) as pool:
        given = [(together, work) for together in groups(chosen)]
        outcomes = [outcome for found in pool.imap(walk_group, given, 1) for outcome in found]
        pool.close()
        pool.join()
    return outcomes


def _tell(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.what == "failed":
            first = outcome.command.text.splitlines()[0]
            sys.stdout.write(f"FAILED {outcome.command.place}: {first}\n  {outcome.said}\n")
        elif outcome.what == "run" and outcome.seconds > 5:
            sys.stdout.write(
                f"{outcome.seconds:.0f} s {outcome.command.place}: {outcome.command.text[:60]}\n"
            )


def _stale(outcomes: list[Outcome]) -> list[str]:
    commands = [outcome.command for outcome in outcomes if outcome.command.language == "sh"]
    return [
        f"{rule.pages}, {rule.command}"
        for rule in (*LISTED, *SHORTENED)
        if not any(rule.fits(command.page, command.text) for command in commands)
    ]


def _cpu_s() -> float:
    own, children = (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN),
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
