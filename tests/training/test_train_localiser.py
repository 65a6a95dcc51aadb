"""The script that makes the weights again asks for the right things in the right order."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "train_localiser"

#: Stands for Python: notes what it is asked, and leaves what training would.
STAND_IN = """#!/bin/sh
echo "$*" >> "$NOTED"
while [ $# -gt 1 ]; do [ "$1" = --out ] && out=$2; shift; done
umask 077
case $out in
  */coarse) mkdir -p "$out" && touch "$out/localiser.json" "$out/localiser.safetensors" ;;
  */fine) mkdir -p "$out" && touch "$out/outliner.json" "$out/outliner.safetensors" ;;
esac
"""


@pytest.fixture
def run(tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("bash is absent")
    stand_in = tmp_path / "bin" / "python"
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    noted = tmp_path / "noted"
    path = f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}"

    def call(*given):
        ended = subprocess.run(
            [str(SCRIPT), *given],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "NOTED": str(noted)},
            capture_output=True,
            text=True,
            check=False,
        )
        lines = noted.read_text().splitlines() if noted.exists() else []
        return ended, [line.replace(f"{ROOT}/", "") for line in lines]

    return call


def test_both_networks_then_the_benchmark_then_the_card(run, tmp_path):
    ended, asked = run("made here")
    assert ended.returncode == 0, ended.stderr
    assert [line.replace("made here", "OUT") for line in asked] == [
        *(
            f"-m ctbone train --config configs/train/localiser-{stage}.yaml --out OUT/{stage} "
            "--fit.resume true"
            for stage in ("coarse", "fine")
        ),
        "-m benchmarks.localiser --weights OUT/weights/localiser.safetensors "
        "--cache OUT/benchmark/cache --out OUT/benchmark --patients 200",
        "scripts/complete_card.py OUT/weights/localiser.json --fine OUT/weights/outliner.json "
        "--benchmark OUT/benchmark/localiser.json",
    ]
    # A folder that is given as a relative path is the caller's.
    weights = {path.name: path for path in (tmp_path / "made here" / "weights").iterdir()}
    assert {"localiser.safetensors", "outliner.safetensors", "outliner.json"} <= set(weights)
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in weights.values())


@pytest.mark.parametrize(
    ("kind", "coarse", "fine", "studies"),
    [("-gpu", "coarse-gpu", "fine", 200), ("-demo", "coarse-demo", "fine-demo", 4)],
)
def test_a_kind_has_its_configurations(run, kind, coarse, fine, studies):
    _, asked = run("out", kind, "--real", "scans")
    assert f"localiser-{coarse}.yaml" in asked[0]
    assert f"localiser-{fine}.yaml" in asked[1]
    assert asked[2].endswith(f"--patients {studies} --real scans")


def test_options_need_no_kind(run):
    _, asked = run("out", "--patients", "3")
    assert asked[2].endswith("--patients 200 --patients 3")


@pytest.mark.parametrize("given", [(), ("-demo",), ("out", "-gup"), ("out", "gpu")])
def test_what_is_not_understood_trains_nothing(run, given):
    ended, asked = run(*given)
    assert ended.returncode
    assert "usage: scripts/train_localiser FOLDER" in ended.stderr
    assert not asked
