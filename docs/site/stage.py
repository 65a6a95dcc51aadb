"""Lay out what the site is built from: the pages as they stand, and those made from the code.

python docs/site/stage.py FOLDER

Pages keep their places, so that a link that works on GitHub works on the site. The reference of
commands comes from the parsers, that of Python from docstrings.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]

#: Pages outside docs/ that other pages link to, and the licence that README names.
BESIDE = (
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "ctbone/weights/localiser.md",
    "tests/reference/README.md",
)

#: Rooms of the package whose public names are documented, from the data to the answers.
ROOMS = (
    "api",
    "records",
    "errors",
    "anatomy",
    "kernels",
    "volume",
    "ingest",
    "localisation",
    "patches",
    "densitometry",
    "morphometry",
    "networks",
    "estimation",
    "screening",
    "cohort",
    "linkage",
    "training",
    "evaluation",
    "pooling",
    "interchange",
    "delivery",
    "pacs",
    "phantom",
    "resampling",
    "presets",
    "report",
    "runs",
)


def stage(folder: Path) -> None:
    """Fill a folder with the sources of the site; what was in it goes."""
    from commands import command_pages

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("site"))
    for name in BESIDE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    site = ROOT / "docs" / "site"
    shutil.copy(site / "index.md", folder / "index.md")
    shutil.copy(site / "conf.py", folder / "conf.py")
    shutil.copytree(site / "static", folder / "static")
    _write(folder / "reference", command_pages())
    _write(folder / "reference", _room_pages())


def _write(folder: Path, pages: Iterator[tuple[str, str]]) -> None:
    for name, text in pages:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def _room_pages() -> Iterator[tuple[str, str]]:
    """Yield a page a room, and the one that lists them."""
    lines = ["# Python reference", "", "Rooms of the package, and what each offers to others.", ""]
    listed = []
    for name in ROOMS:
        room = import_module(f"ctbone.{name}")
        said = (room.__doc__ or "").strip().splitlines()[0]
        lines.append(f"- [`ctbone.{name}`](python/{name}.md): {said}")
        listed.append(f"python/{name}")
        listing = f".. automodule:: ctbone.{name}\n{_passed_on(room)}"
        yield f"python/{name}", f"# ctbone.{name}\n\n```{{eval-rst}}\n{listing}```\n"
    lines += ["", "```{toctree}", ":hidden:", "", *listed, "```", ""]
    yield "python", "\n".join(lines)


def _passed_on(room: ModuleType) -> str:
    """Leave out of the functions' page the records of other rooms, which have their own."""
    if room.__name__ != "ctbone.api":
        return ""
    names = [name for name in room.__all__ if not _is_of(getattr(room, name), room)]
    return f"   :exclude-members: {', '.join(names)}\n"


def _is_of(thing: object, room: ModuleType) -> bool:
    return getattr(thing, "__module__", "").startswith(room.__name__)


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
