import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

import ctbone
from ctbone.runs import RunLog, config_digest, file_digest, require_own_folder, to_plain


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    levels: tuple[str, ...] = ("L1",)
    colour: Colour = Colour.RED


@dataclass(frozen=True)
class Config:
    export: Path
    inner: Inner = Inner()


def test_run_json_holds_what_a_reader_asks_for(tmp_path):
    log = RunLog("screen", Config(Path("a")), counts={"found": 3}, weights={"w": "ab"})
    with log.stage("read"):
        pass
    with log.stage("read"):
        pass
    record = json.loads(log.write(tmp_path, exit_code=3).read_text())
    assert (record["command"], record["exit_code"]) == ("screen", 3)
    assert record["config"]["inner"] == {"levels": ["L1"], "colour": "red"}
    assert record["counts"] == {"found": 3}
    assert set(record["seconds"]) == {"read"}
    assert "numpy" in record["versions"]
    assert record["versions"]["ctbone"] == ctbone.__version__


def test_folders_of_a_path_are_not_written():
    assert to_plain(Config(Path("/exports/DOE_JANE/ct")))["export"] == "ct"


def test_the_digest_tells_paths_apart_all_the_same():
    one, other = Config(Path("/a/ct")), Config(Path("/b/ct"))
    assert config_digest(one) != config_digest(other)
    assert config_digest(one) == config_digest(Config(Path("/a/ct")))


def test_a_file_has_the_digest_of_its_bytes(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert file_digest(tmp_path / "f").startswith("ba7816bf8f01cfea")


def test_a_second_run_finds_its_folder_cleared_of_its_own_files_only(tmp_path):
    log = RunLog("pool", None)
    log.begin(tmp_path, writes=())
    for name in ("figures/sroc.svg", "figures/mine.svg", "summary.csv", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    log.begin(tmp_path, writes=("figures/sroc*.svg", "summary.csv"))
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {"figures/mine.svg", "notes.txt", "run.json"}


def test_files_of_a_folder_in_which_nothing_ran_are_left(tmp_path):
    (tmp_path / "summary.csv").write_text("mine")
    RunLog("pool", None).begin(tmp_path, writes=("summary.csv",))
    assert (tmp_path / "summary.csv").read_text() == "mine"


def test_a_run_that_was_cut_off_owns_its_folder(tmp_path):
    RunLog("pool", None).begin(tmp_path, writes=())
    assert json.loads((tmp_path / "run.json").read_text())["exit_code"] == 1
    with pytest.raises(ValueError, match="a folder of its own, and holds a run of ctbone pool"):
        RunLog("evaluate", None).begin(tmp_path, writes=())


@pytest.mark.parametrize("text", ["{", "[1]", "{}", "\xff"])
def test_a_foreign_run_json_bars_a_folder(tmp_path, text):
    (tmp_path / "run.json").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=r"a run\.json that ctbone did not write"):
        require_own_folder(tmp_path, "screen")


def test_what_a_run_reads_is_never_removed(tmp_path):
    log = RunLog("localise", None)
    log.begin(tmp_path, writes=())
    (tmp_path / "masks.csv").write_text("corrected")
    with pytest.raises(ValueError, match=r"holds masks\.csv, which this run reads"):
        log.begin(tmp_path, writes=("masks.csv",), reads=(None, tmp_path / "." / "masks.csv"))
    assert (tmp_path / "masks.csv").read_text() == "corrected"
