import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ctbone.runs import RunLog, config_digest, file_digest, to_plain


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


def test_folders_of_a_path_are_not_written():
    assert to_plain(Config(Path("/exports/DOE_JANE/ct")))["export"] == "ct"


def test_the_digest_tells_paths_apart_all_the_same():
    one, other = Config(Path("/a/ct")), Config(Path("/b/ct"))
    assert config_digest(one) != config_digest(other)
    assert config_digest(one) == config_digest(Config(Path("/a/ct")))


def test_a_file_has_the_digest_of_its_bytes(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert file_digest(tmp_path / "f").startswith("ba7816bf8f01cfea")
