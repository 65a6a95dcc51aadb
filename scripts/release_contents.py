"""Check what is in a release: ``python scripts/release_contents.py dist``.

The wheel holds every file of the package and every configuration, and nothing else; the sdist
holds what the wheel is built from and tested with; the bill of materials, where there is one,
names what the package needs and no folder of the machine that built it.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Set
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: What an sdist holds beside the package and its configurations.
BESIDE = (
    "tests/conftest.py",
    "scripts/release",
    "docs/statistics.md",
    "pyproject.toml",
    "PKG-INFO",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "NOTICE",
    "SECURITY.md",
)


def check(dist: Path) -> None:
    """Check the wheel, the sdist and, where it is made, the bill of materials of one release.

    Raises:
        ValueError: If a file is missing, too many, or not what it should be.
        FileNotFoundError: If a folder does not hold one wheel and one sdist.
    """
    check_wheel(_names_in_wheel(_one(dist, "*.whl")), package_files(ROOT))
    check_sdist(_names_in_sdist(_one(dist, "*.tar.gz")), package_files(ROOT, installed=False))
    for bill in dist.glob("*.cdx.json"):
        check_bill(bill.read_text(encoding="utf-8"), needs(ROOT))


def package_files(root: Path, *, installed: bool = True) -> set[str]:
    """Return what of a checkout belongs to the package, as the wheel or the sdist names it."""
    configs = "ctbone/configs" if installed else "configs"
    code = {path.relative_to(root).as_posix() for path in _files(root / "ctbone")}
    return code | {
        f"{configs}/{path.relative_to(root / 'configs').as_posix()}"
        for path in _files(root / "configs")
    }


def check_wheel(names: Set[str], expected: Set[str]) -> None:
    """Check that a wheel holds the package, its licence, and nothing else.

    Raises:
        ValueError: If it does not; the message names what is missing or too many.
    """
    about = {name for name in names if re.match(r"ctbone-[^/]+\.dist-info/", name)}
    licences = {name.rpartition("/")[2] for name in about if "/licenses/" in name}
    _require("the wheel", licences, {"LICENSE", "NOTICE"})
    _require("the wheel", names, expected)
    if extra := sorted(names - about - expected):
        raise ValueError(f"expected nothing but the package in the wheel, found {extra[:5]}")


def check_sdist(names: Set[str], expected: Set[str]) -> None:
    """Check that an sdist holds what the wheel is built from, the tests and the pages.

    Raises:
        ValueError: If something is missing.
    """
    _require("the sdist", names, expected | set(BESIDE))


def check_bill(text: str, expected: Set[str]) -> None:
    """Check that a CycloneDX bill of materials names what is needed, and no place on a disk.

    Args:
        text: The bill, as JSON.
        expected: Names of packages, normalised.

    Raises:
        ValueError: If it lacks a package or gives a place away.
    """
    bill = json.loads(text)
    _require(
        "the bill of materials", {normal(part["name"]) for part in bill["components"]}, expected
    )
    if found := re.search(r"file:[^\"]*", text):
        raise ValueError(f"expected no file of this machine in the bill, found {found.group()}")


def needs(root: Path) -> set[str]:
    """Return the names of the packages that ctbone needs without any extra."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {normal(re.split(r"[\[<>=!~ ;]", need)[0]) for need in project["dependencies"]}


def normal(name: str) -> str:
    """Return the name of a package as an index writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _require(where: str, found: Set[str], expected: Set[str]) -> None:
    if missing := sorted(expected - found):
        raise ValueError(f"expected {missing[0]} in {where}, missing with {len(missing) - 1} more")


def _files(folder: Path) -> Iterable[Path]:
    return (
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise FileNotFoundError(f"expected one {pattern} in {folder.name}, found {len(found)}")
    return found[0]


def _names_in_wheel(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as wheel:
        return set(wheel.namelist())


def _names_in_sdist(path: Path) -> set[str]:
    with tarfile.open(path) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


if __name__ == "__main__":
    try:
        check(Path(sys.argv[1]))
    except (ValueError, FileNotFoundError) as fault:
        sys.exit(f"release: {fault}")
