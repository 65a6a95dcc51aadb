"""Print the figures of the house, each beside what is aimed at.

    python scripts/house.py [--coverage .coverage] [--unchecked]

Of each function two lengths are told: lines of code, which leaves out the signature, the
docstring, comments and blank lines, and whole lines, from `def` to the last line; a function
inside another counts in both. Lines of tests and of source are told in both ways as well: tests
hardly have docstrings, and what is aimed at is code that tests code. `--unchecked` leaves out
mypy, ruff and the contracts of imports, which take a minute.

Branch coverage is that of a file of coverage.py, made by a run of all tests with the processes
that they start (the extra `house` has what it needs):

    python -m pytest -n 2 --dist loadscope -m "not gpu" --cov --cov-report=

Returns 1 if a figure misses its aim.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]

#: What must be clean, by what it is: the programs stand on the path, as in scripts/check.
CHECKS = {
    "mypy --strict": ("mypy",),
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "contracts of imports": ("lint-imports",),
}

_SILENT = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)

Function = ast.FunctionDef | ast.AsyncFunctionDef
_Documented = Function | ast.ClassDef | ast.Module


@dataclass(frozen=True)
class Length:
    """How long a function is.

    Attributes:
        name: Its module and name, with the classes and functions that it stands in.
        code: Lines of code of its body.
        whole: Lines from its signature to its end.
    """

    name: str
    code: int
    whole: int


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        name: What is counted.
        found: How many, in words.
        aim: What is aimed at, in words.
        is_met: Whether it is.
    """

    name: str
    found: str
    aim: str
    is_met: bool

    def row(self) -> str:
        """Return the row."""
        return f"{self.name:<38} {self.found:<32} {self.aim:<14} {'' if self.is_met else 'missed'}"


def lengths(source: str, module: str) -> list[Length]:
    """Measure the functions of a module, in order."""
    coded = _coded(source)
    found = []
    for name, function in functions(ast.parse(source)):
        documented = ast.get_docstring(function, clean=False) is not None
        body = function.body[1:] if documented else function.body
        start = body[0].lineno if body else (function.end_lineno or 0) + 1
        end = function.end_lineno or function.lineno
        code = sum(start <= line <= end for line in coded)
        found.append(Length(f"{module}.{name}", code, end - function.lineno + 1))
    return found


def functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, Function]]:
    """Yield every function below a node with its name and what it stands in."""
    for node in ast.iter_child_nodes(tree):
        name = within
        if isinstance(node, Function | ast.ClassDef):
            name = f"{within}.{node.name}".lstrip(".")
        if isinstance(node, Function):
            yield name, node
        yield from functions(node, name)


def undocumented(source: str, module: str) -> list[str]:
    """Return the public modules, classes, functions and methods that have no docstring."""
    tree = ast.parse(source)
    public = [(module, tree), *_public(tree, module)]
    return [name for name, node in public if ast.get_docstring(node) is None]


def unannotated(source: str, module: str) -> list[str]:
    """Return the functions of which a parameter or the result has no annotation."""
    return [
        f"{module}.{name}"
        for name, function in functions(ast.parse(source))
        if function.returns is None or any(one.annotation is None for one in _given(function))
    ]


def _public(tree: ast.Module | ast.ClassDef, within: str) -> Iterator[tuple[str, _Documented]]:
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            name = f"{within}.{node.name}"
            yield name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, name)


def _given(function: Function) -> list[ast.arg]:
    stated = function.args
    named = [*stated.posonlyargs, *stated.args, *stated.kwonlyargs]
    starred = [one for one in (stated.vararg, stated.kwarg) if one is not None]
    return [one for one in (*named, *starred) if one.arg not in ("self", "cls")]


def _coded(source: str) -> set[int]:
    """Return the numbers of the lines that hold code, or part of a text that is none of docs."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _SILENT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def of_functions(found: Sequence[Length]) -> list[Figure]:
    """Return the figures of the lengths of functions."""
    figures = []
    for kind, of in (("code", lambda one: one.code), ("whole", lambda one: one.whole)):
        figures += _of_lengths(sorted(found, key=of, reverse=True), of, f"functions, {kind} lines")
    # What is aimed at is lines of code; whole lines stand beside them.
    return [
        *figures[:3],
        *(Figure(one.name, one.found, "", is_met=True) for one in figures[3:]),
    ]


def _of_lengths(
    found: Sequence[Length], of: Callable[[Length], int], name: str
) -> tuple[Figure, Figure, Figure]:
    values = [of(one) for one in found]
    middle, high = median(values), quantiles(values, n=10, method="inclusive")[-1]
    longest = ", ".join(f"{of(one)} {one.name.rpartition('.')[2]}" for one in found[:3])
    return (
        Figure(f"{name}: median of {len(values)}", f"{middle:g}", "at most 8", middle <= 8),
        Figure(f"{name}: 90th percentile", f"{high:g}", "at most 25", high <= 25),
        Figure(f"{name}: longest", longest, "at most 60", values[0] <= 60),
    )


def of_modules(lines: dict[str, int]) -> list[Figure]:
    """Return the figures of the lengths of modules, from their lines by name."""
    longest = max(lines, key=lambda name: lines[name])
    share = sum(count < 250 for count in lines.values()) / len(lines)
    worst = f"{lines[longest]} {longest}"
    return [
        Figure(
            f"modules: below 250 of {len(lines)}", f"{share:.1%}", "at least 90 %", share >= 0.9
        ),
        Figure("modules: longest", worst, "at most 400", lines[longest] <= 400),
    ]


def of_missing(name: str, found: Sequence[str]) -> Figure:
    """Return the figure of what is missing, with the first of it by name."""
    told = ", ".join([str(len(found)), *found[:3]])
    return Figure(name, told, "0", not found)


def of_tests(tests: Iterable[str], source: Iterable[str]) -> tuple[Figure, Figure]:
    """Return the figures of lines of tests for each line of the source."""
    tests, source = list(tests), list(source)
    code, whole = (
        sum(map(lines, tests)) / sum(map(lines, source)) for lines in (code_lines, whole_lines)
    )
    return (
        Figure("tests to source, lines of code", f"{code:.2f}", "at least 0.8", code >= 0.8),
        Figure("tests to source, whole lines", f"{whole:.2f}", "", is_met=True),
    )


def whole_lines(source: str) -> int:
    """Count the lines of a module."""
    return len(source.splitlines())


def code_lines(source: str) -> int:
    """Count the lines of a module that hold code, without docstrings, comments and blank lines."""
    coded = _coded(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _Documented) and ast.get_docstring(node) is not None:
            coded -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(coded)


def of_coverage(totals: dict[str, int]) -> Figure:
    """Return the figure of branches that were taken, from the totals of coverage.py.

    Raises:
        ValueError: If branches were not measured.
    """
    if not totals.get("num_branches"):
        raise ValueError("expected a file of coverage.py with branches, found one without")
    taken, count = totals["covered_branches"], totals["num_branches"]
    told = f"{taken / count:.1%} ({taken} of {count})"
    return Figure("branches covered", told, "at least 90 %", taken >= 0.9 * count)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 if a figure misses its aim."""
    options = _options(arguments)
    figures = list(_of_source(_tracked("ctbone")))
    if options.coverage:
        figures.append(of_coverage(_totals(options.coverage)))
    if not options.unchecked:
        figures += [_check(name, words) for name, words in CHECKS.items()]
    print(*(one.row().rstrip() for one in figures), sep="\n")
    return int(not all(one.is_met for one in figures))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--coverage", type=Path, help="a file of coverage.py")
    parser.add_argument("--unchecked", action="store_true", help="leave mypy and others out")
    return parser.parse_args(arguments)


def _of_source(source: dict[str, str]) -> Iterator[Figure]:
    yield from of_functions([one for name in source for one in lengths(source[name], name)])
    yield from of_modules({name: whole_lines(text) for name, text in source.items()})
    for told, missing in (
        ("public docstrings missing", undocumented),
        ("annotations missing", unannotated),
    ):
        yield of_missing(told, [one for name in source for one in missing(source[name], name)])
    yield from of_tests(_tracked("tests").values(), source.values())


def _tracked(folder: str) -> dict[str, str]:
    """Return the Python of a folder that git tracks, by the names of modules."""
    listed = subprocess.run(
        ["git", "ls-files", f"{folder}/*.py"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [Path(line) for line in listed.stdout.splitlines()]
    return {
        ".".join(path.with_suffix("").parts): (ROOT / path).read_text(encoding="utf-8")
        for path in paths
    }


def _totals(data: Path) -> dict[str, int]:
    """Return what coverage.py counted in all."""
    from coverage import Coverage

    measured = Coverage(data_file=data)
    measured.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        measured.json_report(outfile=file.name)
        totals: dict[str, int] = json.loads(Path(file.name).read_text(encoding="utf-8"))["totals"]
    return totals


def _check(name: str, words: tuple[str, ...]) -> Figure:
    """Run a program that says nothing is wrong by its exit status."""
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    told = (done.stdout + done.stderr).strip().splitlines()
    found = "clean" if done.returncode == 0 else (told or ["failed"])[-1][:40]
    return Figure(name, found, "clean", done.returncode == 0)


if __name__ == "__main__":
    sys.exit(main())
