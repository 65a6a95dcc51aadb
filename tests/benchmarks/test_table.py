"""The table of figures is whole whatever fails, and lies between its marks and nowhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.collecting import collect
from benchmarks.comparison import Comparison, Timing
from benchmarks.jobs import JOBS, Job, Settings
from benchmarks.machine import Occasion, _processor, this_occasion
from benchmarks.markdown import BEGIN, END, replaced, seconds, table

README = Path(__file__).parents[2] / "README.md"
OWN = Timing(program="ctbone", wall_s=0.5, peak_mb=226.4, note="29 studies")
PEERS = (
    Timing(program="slow", wall_s=60.0),
    Timing(program="dcm2niix", note="dcm2niix is not installed"),
    Timing(program="GPL | reader", note="cannot read it"),
    Timing(program="near", wall_s=0.6, peak_mb=80.0),
)


def job(name, *, rows=("read",), run=None):
    return Job(name=name, rows=rows, command=f"run {name}", run=run or well)


def well(settings):
    assert not list(settings.folder.iterdir())
    (settings.folder / "made").touch()
    return [Comparison(task="read less", own=OWN, peers=PEERS, floor_s=0.25)]


def badly(settings):
    raise RuntimeError(f"reader failed:\nTraceback\nOSError: {len(str(settings.folder)) > 1}")


def leave(settings):
    raise SystemExit(3)


def crash(settings):
    os._exit(3)


def here(job, settings):
    return job.run(settings)


def ended(tmp_path, *jobs, is_quick=False):
    return list(collect(jobs, Settings(folder=tmp_path, is_quick=is_quick), run=here))


def cells(text):
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_a_row_holds_ctbone_others_by_time_floor_and_command(tmp_path):
    ((name, own, others, floor, command),) = cells(table(ended(tmp_path, job("a"))))
    assert name == "read"
    assert own == "0.50 s, 226 MB; 29 studies"
    assert others == (
        "near 0.60 s, 80 MB (1.2 x); slow 60 s (120 x); dcm2niix is not installed; "
        "GPL / reader: cannot read it"
    )
    assert floor == "0.25 s (ctbone 2.0 x)"
    assert command == "`run a`"


def test_a_job_that_fails_keeps_its_rows_and_the_next_runs(tmp_path):
    jobs = (job("bad", rows=("one", "two"), run=badly), job("few", rows=("x", "y")), job("good"))
    one, two, x, y, good = cells(table(ended(tmp_path, *jobs)))
    told = "failed: RuntimeError: reader failed: ... OSError: True"
    assert one == ["one", told, "", "", "`run bad`"]
    assert two == ["two", told, "", "", ""]
    assert x[1] == y[1] == "failed: ValueError: few: expected 2 comparisons, found 1"
    assert good[1].startswith("0.50 s")
    assert not list(tmp_path.iterdir())


def test_a_failure_does_not_tell_where_things_lie(tmp_path):
    def lose(settings):
        (settings.folder / "deep" / "scan.npy").read_bytes()

    (found,) = ended(tmp_path, job("a", run=lose))
    assert str(tmp_path) not in found.failure
    assert found.failure.endswith("'scan.npy'")


def test_rows_of_the_smallest_settings_say_what_was_done(tmp_path):
    ((name, *_),) = cells(table(ended(tmp_path, job("a"), is_quick=True)))
    assert name == "read less"


@pytest.mark.parametrize(
    ("run", "told"),
    [(leave, "RuntimeError: dead left with exit code 3"), (crash, "BrokenProcessPool: ")],
)
def test_a_job_that_leaves_or_crashes_costs_its_own_process(tmp_path, run, told):
    dead, good = collect([job("dead", run=run), job("good")], Settings(folder=tmp_path))
    assert dead.failure.startswith(told)
    assert good.comparisons[0].ratio(PEERS[0]) == 120.0


def test_the_command_prints_keeps_and_writes_and_fails_where_a_job_did(tmp_path, capsys):
    readme, kept = tmp_path / "README.md", tmp_path / "figures.json"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    words = ["--write", str(readme), "--json", str(kept), "--folder", str(tmp_path)]
    assert main(words, jobs=[job("bad", run=badly), job("good")], run=here) == 1
    printed = capsys.readouterr().out
    assert readme.read_text() == f"before\n{BEGIN}\n{printed}{END}\nafter\n"
    assert this_occasion().told() in printed
    jobs = json.loads(kept.read_text())["jobs"]
    assert jobs["bad"]["failure"].startswith("RuntimeError: reader failed")
    assert jobs["good"]["rows"]["read"]["ratios"]["slow"] == 120.0
    assert main(["--only", "good"], jobs=[job("bad", run=badly), job("good")], run=here) == 0


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{END}"])
def test_a_file_without_both_marks_is_refused_before_anything_runs(tmp_path, text):
    readme = tmp_path / "README.md"
    readme.write_text(text)
    with pytest.raises(ValueError, match=r"expected one <!-- figures.*README\.md"):
        main(["--write", str(readme)], jobs=[job("bad", run=badly)], run=pytest.fail)
    assert readme.read_text() == text


def test_part_of_a_table_is_not_written(capsys):
    with pytest.raises(SystemExit):
        main(["--write", "README.md", "--only", "good"], jobs=[job("good")], run=here)
    assert "leave --only and --quick out" in capsys.readouterr().err


def test_the_readme_has_a_row_for_each_that_is_measured():
    text = README.read_text(encoding="utf-8")
    inside = text.partition(BEGIN)[2].partition(END)[0]
    wanted = [
        (row, "" if k else f"`{one.command}`") for one in JOBS for k, row in enumerate(one.rows)
    ]
    assert [(row[0], row[4]) for row in cells(inside)] == wanted
    assert replaced(text, "new", where=README).count("new\n" + END) == 1


def test_jobs_have_names_of_their_own():
    assert len({one.name for one in JOBS}) == len(JOBS)
    assert all(one.rows for one in JOBS)


def test_times_have_two_digits_that_mean_something():
    assert seconds(0.0996) == "0.10 s"
    assert seconds(0.00996) == "10 ms"
    assert [seconds(s) for s in (0.0021, 0.055, 9.96, 119.4)] == [
        "2.1 ms",
        "0.055 s",
        "10 s",
        "119 s",
    ]
    assert seconds(119.6) == "2 min 0 s"


def test_the_processor_is_named_by_its_maker(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Fast 9: One\nmodel name\t: other\n")
    assert _processor(cpuinfo) == "Fast 9: One"
    assert _processor(tmp_path / "none")
    told = Occasion(cores=1, processor="Fast", python="3", version="1", date="2026-01-01").told()
    assert told == "Measured on 2026-01-01 with ctbone 1 and Python 3 on 1 core of Fast."
