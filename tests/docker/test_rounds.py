"""The script that fetches, screens and sends: with a fake ctbone, and with a real archive."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from ctbone.phantom import SimulateConfig, simulate
from tests.docker.reading import DOCKER, ROOT, SCRIPT, configured
from tests.pacs.orthanc import require_programs, running_orthanc, storescu

#: Writes its words down, leaves the folder that the command would, ends with the code asked for.
FAKE = """#!/bin/sh
trap 'echo told >>"$FAKE/words"; exit 1' TERM
echo "$@" >>"$FAKE/words"
case $1 in
  fetch) [ -e "$FAKE/nothing" ] || mkdir -p "$CTBONE_RESULTS/fetched/objects" ;;
  screen) mkdir -p "$CTBONE_RESULTS/screening/dicom" ;;
esac
while [ -e "$FAKE/hang" ]; do sleep 0.05; done
exit "$(cat "$FAKE/$1" 2>/dev/null || echo 0)"
"""

USER = "ctbone:a word of the test"


@pytest.fixture
def fake(tmp_path):
    folder = tmp_path / "fake"
    folder.mkdir()
    program(folder, FAKE)
    (tmp_path / "results").mkdir()
    return folder


def program(folder: Path, text: str):
    path = folder / "ctbone"
    path.write_text(text)
    path.chmod(0o755)


def start(folder: Path, *, config=DOCKER / "config", rounds=1):
    results = folder.parent / "results"
    settings = {
        "CTBONE_CONFIG": str(config),
        "CTBONE_RESULTS": str(results),
        "CTBONE_EVERY_S": "0",
        "CTBONE_ROUNDS": str(rounds),
        "FAKE": str(folder),
        "PATH": f"{folder}:{os.environ['PATH']}",
    }
    return subprocess.Popen(
        [SCRIPT], env=os.environ | settings, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )


def run(folder: Path, **options) -> int:
    process = start(folder, **options)
    _, said = process.communicate(timeout=240)
    sys.stderr.write(said.decode())
    return process.returncode


def words(folder: Path) -> list[list[str]]:
    return [line.split() for line in (folder / "words").read_text().splitlines()]


def said(folder: Path) -> str:
    """Return how the last round went, without its time."""
    return (folder.parent / "results" / "round").read_text().rsplit(maxsplit=1)[0]


def test_every_command_is_one_of_ctbone(fake):
    assert run(fake) == 0
    commands = words(fake)
    assert [line[0] for line in commands] == ["fetch", "screen", "send"]
    fetched, screened, sent = (configured(*line) for line in commands)
    assert screened.export == fetched.out / "objects"
    assert sent.files == screened.out / "dicom"
    assert set(screened.deliver) == {"sr", "seg"}
    assert said(fake) == "ok"


@pytest.mark.parametrize("command", ["fetch", "screen", "send"])
def test_a_failure_stops_neither_the_others_nor_the_next_round(fake, command):
    (fake / command).write_text("1")
    assert run(fake, rounds=2) == 1
    assert [line[0] for line in words(fake)] == ["fetch", "screen", "send"] * 2
    assert said(fake) == f"failed: {command}"


def test_what_failed_may_go_well_after_that(fake):
    (fake / "fetch").write_text("1")
    assert run(fake) == 1
    (fake / "fetch").unlink()
    assert run(fake) == 0
    assert said(fake) == "ok"


def test_nothing_to_do_yet_is_no_failure(fake):
    (fake / "nothing").touch()
    (fake / "fetch").write_text("3")
    assert run(fake) == 0
    assert [line[0] for line in words(fake)] == ["fetch"]
    assert said(fake) == "ok"


def test_a_signal_reaches_the_command_and_ends_the_rounds(fake):
    (fake / "hang").touch()
    process = start(fake, rounds=0)
    deadline = time.monotonic() + 30
    while not (fake / "words").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert said(fake) == "begun"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert [line[0] for line in words(fake)] == ["fetch", "told"]


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated") / "made"
    simulate(
        SimulateConfig(
            out=out, patients=1, seed=5, matrix=96, pixel_mm=4.0, regions=("lumbar",),
            broken_fraction=0.0, clutter_fraction=0.0, compressed_fraction=0.0,
            directory_fraction=0.0,
        )
    )  # fmt: skip
    return out


@pytest.fixture
def archive(tmp_path):
    require_programs()
    settings = yaml.safe_load((DOCKER / "orthanc.json").read_text())
    folder = tmp_path / "orthanc"
    folder.mkdir()
    with running_orthanc(folder, user=USER, **settings) as running:
        yield running


def settle(folder: Path, archive, patient: Path):
    """Copy the options of docker/config, with what differs on this machine."""
    secrets = {"archive_credentials": f"basic {USER}", "site_key": "of the test"}
    for name, text in secrets.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    changes = {
        # On loopback the risk that the file of docker/ takes is not to be taken.
        "fetch": {"url": archive.url, "insecure": False},
        # Masks that are known spare the time of finding them.
        "screen": {"masks": str(patient / "masks.csv"), "workers": 0},
        "send": {"url": archive.url, "insecure": False},
    }
    for name, changed in changes.items():
        text = (DOCKER / "config" / f"{name}.yaml").read_text()
        options = yaml.safe_load(text.replace("/run/secrets", str(folder)))
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(options | changed))


@pytest.mark.slow
def test_what_is_stored_is_screened_and_its_report_stored_beside_it(tmp_path, archive, patient):
    fake = tmp_path / "program"
    fake.mkdir()
    program(fake, f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m ctbone "$@"\n')
    config = tmp_path / "config"
    config.mkdir()
    settle(config, archive, patient)
    (tmp_path / "results").mkdir()
    storescu(patient / "export", archive.dicom_port)
    (study,) = archive.ask("studies")
    assert run(fake, config=config) == 0
    assert archive.ask("studies") == [study]
    series = [archive.ask(f"series/{one}") for one in archive.ask("series")]
    found = [one["MainDicomTags"]["Modality"] for one in series]
    assert found.count("SR") == 1
    assert found.count("SEG") >= 1
    assert {one["ParentStudy"] for one in series} == {study}
    assert said(fake) == "ok"
