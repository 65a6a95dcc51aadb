"""Where the time of screening goes is told of every stage, with floors that hold."""

import time

import imagecodecs
import numpy as np
import pytest

from benchmarks import stages
from benchmarks.stages import Line, screened, table
from ctbone.phantom import SimulateConfig, simulate


@pytest.mark.slow
def test_stages_and_parts_of_a_study_add_up(tmp_path):
    simulate(
        SimulateConfig(
            out=tmp_path / "made",
            patients=1,
            seed=1,
            regions=("abdomen",),
            matrix=192,
            pixel_mm=2.0,
            workers=1,
            compressed_fraction=1.0,
            compressions=("rle",),
        )
    )
    lines, count = screened(tmp_path / "made" / "export", 3, tmp_path)
    assert count == 1
    spent = {line.name: line.seconds for line in lines}
    assert {"select", "read", "locate", "estimate"} <= set(spent)
    of_locating = sum(spent[name] for name in stages.PARTS)
    # The rest is the axes of the spine, and what a profile does not tell apart.
    assert 0.5 * spent["locate"] < of_locating < spent["locate"]
    assert 0.0 < spent["decode"] < spent["read"]
    floors = {line.name: line.floor_s for line in lines if line.floor_s is not None}
    assert set(floors) == {"read", "decode", stages.NETWORK, stages.OUTLINER}
    # Frames of runs are decoded twice, and the floor is once.
    assert floors["decode"] == pytest.approx(0.5 * spent["decode"])
    assert all(line.peak_mb > 100.0 for line in lines if not line.is_part)


def test_an_export_without_studies_is_refused(tmp_path):
    (tmp_path / "export").mkdir()
    with pytest.raises(SystemExit, match=r"expected studies to screen in .*export, found none"):
        screened(tmp_path / "export", 1, tmp_path)


def test_decoders_are_themselves_again():
    plain = {name: getattr(imagecodecs, name) for name in stages.DECODERS}
    content = imagecodecs.jpegls_encode(np.arange(64, dtype=np.uint16).reshape(8, 8))
    began = time.thread_time()
    with stages.decoding() as spent:
        assert imagecodecs.jpegls_decode(content).shape == (8, 8)
        assert 0.0 < spent["jpegls_decode"] <= time.thread_time() - began
        with pytest.raises(RuntimeError):
            imagecodecs.jpegls_decode(b"none")
    assert plain == {name: getattr(imagecodecs, name) for name in stages.DECODERS}


def test_a_part_is_no_stage_of_its_own():
    lines = [
        Line(name="read", seconds=3.0, floor_s=2.0, peak_mb=400.0),
        Line(name="decode", is_part=True, seconds=2.0, floor_s=2.0),
        Line(name="nothing", is_part=True, seconds=0.0, floor_s=0.0),
        Line(name="locate", seconds=1.0, peak_mb=500.0),
    ]
    assert table(lines, studies=2).splitlines()[2:] == [
        "| read | 1.500 | 75% | 1.000 | 1.5 | 400 |",
        "| of it: decode | 1.000 | 50% | 1.000 | 1.0 |  |",
        "| of it: nothing | 0.000 | 0% | 0.000 |  |  |",
        "| locate | 0.500 | 25% |  |  | 500 |",
        "| all | 2.000 | 100% | | | |",
    ]
