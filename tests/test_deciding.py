"""What decides a result, and what changed of it."""

from dataclasses import dataclass, field
from pathlib import Path

from ctbone.runs import deciding, tell_changes


@dataclass(frozen=True, kw_only=True)
class Rule:
    thickest_mm: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Config:
    export: Path
    masks: Path | None = None
    levels: tuple[str, ...] = ("L1", "L2")
    series: Rule = field(default_factory=Rule)


def test_options_are_shown_by_name_and_without_folders():
    found = deciding(Config(export=Path("/doe/jane/CT")), {"weights of head": "0123456789abcdef"})
    assert {name: shown for name, (shown, _) in found.items()} == {
        "export": "CT",
        "masks": "not given",
        "levels": "L1 L2",
        "series.thickest_mm": "5.0",
        "weights of head": "0123456789ab",
    }
    assert "doe" not in str(found)


def test_an_empty_list_is_an_option_not_given():
    assert deciding(Config(export=Path("CT"), levels=()), {})["levels"][0] == "not given"


def test_paths_are_compared_whole():
    one, other = (deciding(Config(export=Path(f"/{name}/CT")), {}) for name in "ab")
    assert one["export"][0] == other["export"][0]
    assert one["export"][1] != other["export"][1]
    assert one["levels"] == other["levels"]


def test_changes_are_told_by_name_and_without_folders():
    one = deciding(Config(export=Path("/doe/CT")), {"weights": "0" * 64})
    assert tell_changes(one, one) == ""
    other = deciding(Config(export=Path("/roe/CT"), masks=Path("/roe/m.csv"), levels=("L2",)), {})
    assert tell_changes(one, other) == (
        "export is another CT; levels was L1 L2, is L2; masks was not given, is m.csv; "
        "weights was 000000000000, is not given"
    )
