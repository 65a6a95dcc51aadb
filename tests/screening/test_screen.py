"""The command, on a small simulated export and on real CT."""

import csv
import json
import shutil
import signal
from dataclasses import replace
from importlib import import_module
from itertools import pairwise

import pytest

from ctbone.cli import main
from ctbone.delimited import write_rows
from ctbone.errors import NothingUsable
from ctbone.estimation import HeadCalibration, write_model
from ctbone.interchange import REVIEW_COLUMNS
from ctbone.phantom import SimulateConfig, simulate
from ctbone.resources import config_path
from ctbone.runs import RunLog
from ctbone.screening import ScreenConfig, screen
from ctbone.screening.engines import Limits, open_here
from ctbone.screening.opening import _estimator
from ctbone.screening.screen import _options
from tests.estimation.heads import small_head

from .fakes import behaving_study, opener_of

#: The module; the package has the function under its name.
module = import_module("ctbone.screening.screen")

#: What a radiographer would say of each real study; the README beside the data says the same.
EXPECTED_OF_REAL_CT = {
    "not_hounsfield": 7,  # label maps that lie among the images
    "too_few_slices": 3,  # two three-slice series, and one slice in 16 encodings
    "not_torso": 2,  # a head phantom, a thigh
    "missing_slices": 1,
    "duplicate_positions": 1,
    "irregular_geometry": 1,  # four tilted slices
    "level_not_in_field": 1,  # a crop round L3
}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    simulate(
        SimulateConfig(
            out=folder / "made",
            patients=4,
            seed=5,
            matrix=96,
            pixel_mm=4.0,
            regions=("lumbar",),
            broken_fraction=0.5,
        )
    )
    return folder / "made"


@pytest.fixture(scope="module")
def screened(simulated, tmp_path_factory):
    out = tmp_path_factory.mktemp("screened")
    screen(config_of(simulated, out, deliver=("sr", "fhir"), deliver_rejected=True))
    return out


def config_of(simulated, out, **changes):
    # In this process: others are for tests of engines.
    given = {"export": simulated / "export", "masks": simulated / "masks.csv", "workers": 0}
    given["out"] = out
    return ScreenConfig(**(given | changes))


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_found_is_screened_plus_rejected(simulated, screened):
    counts = json.loads((screened / "run.json").read_text())["counts"]
    assert counts["found"] == counts["screened"] + counts["rejected"]
    found = {row["study_uid"] for row in rows(screened / "results.csv")}
    assert {row["study_uid"] for row in rows(simulated / "cohort.csv")} <= found
    assert counts["rejected"] == len(rows(screened / "rejections.csv")) > 0
    assert counts["screened"] > 0


@pytest.mark.slow
def test_attenuation_follows_the_true_density(simulated, screened):
    truth = {r["study_uid"]: float(r["bmd_mg_cm3"]) for r in rows(simulated / "cohort.csv")}
    found = [r for r in rows(screened / "results.csv") if r["status"] == "screened"]
    assert found
    for row in found:
        # The phantom's bone at 120 kV; contrast adds up to 25 HU, a pixel of 4 mm blurs the rest.
        expected = truth[row["study_uid"]] * 1.25
        assert float(row["trabecular_hu"]) == pytest.approx(expected, abs=35)
        assert "uncalibrated" in row["flags"].split(";")


@pytest.mark.slow
def test_a_run_goes_on_where_it_stopped_and_changes_nothing(simulated, screened):
    before = {p.name: p.read_bytes() for p in screened.glob("*.csv")}
    delivering = {"deliver": ("sr", "fhir"), "deliver_rejected": True}
    screen(config_of(simulated, screened, **delivering))
    assert {p.name: p.read_bytes() for p in screened.glob("*.csv")} == before
    with pytest.raises(ValueError, match=r"another configuration: levels was .*L1.*, is .*L2"):
        screen(config_of(simulated, screened, levels=("L2",), **delivering))
    with pytest.raises(ValueError, match="deliver was sr fhir, is not given"):
        screen(config_of(simulated, screened, deliver_rejected=False))


@pytest.mark.slow
def test_workers_find_what_this_process_finds(simulated, screened, tmp_path):
    screen(config_of(simulated, tmp_path, workers=2))
    # But for times and keys of pseudonyms, which are random.
    apart = ("patient_id", "scanner", "seconds")
    found = [
        [{k: v for k, v in row.items() if k not in apart} for row in rows(out / name)]
        for out in (screened, tmp_path)
        for name in ("results.csv", "vertebrae.csv", "rejections.csv")
    ]
    assert found[:3] == found[3:]
    pictures = {path.name: path.read_bytes() for path in screened.glob("pictures/*.png")}
    assert {p.name: p.read_bytes() for p in tmp_path.glob("pictures/*.png")} == pictures
    assert pictures


def write_review(folder, *verdicts):
    path = folder / "review.csv"
    cells = (dict(zip(REVIEW_COLUMNS, given, strict=False)) for given in verdicts)
    dated = ({"reviewed_on": "2026-11-22", "note": "DOE^JANE"} | row for row in cells)
    return write_rows(path, REVIEW_COLUMNS, dated)


@pytest.mark.slow
def test_studies_are_measured_as_a_reviewer_says(simulated, screened, tmp_path):
    before = {r["study_uid"]: r for r in rows(screened / "results.csv")}
    both = [uid for uid, row in before.items() if row["levels"] == "L1;L2"]
    measured = {(r["study_uid"], r["level"]): r for r in rows(screened / "vertebrae.csv")}
    names = [level for uid, level in measured if uid == both[0]]
    shift = " ".join(f"{low}={high}" for high, low in pairwise(names))
    review = write_review(
        tmp_path,
        (both[0], "relabel", f"{names[0]}=none {shift}"),
        (both[1], "reject"),
        ("1.2.3.4.5", "accept"),
    )
    screen(config_of(simulated, tmp_path / "out", review=review))
    after = {r["study_uid"]: r for r in rows(tmp_path / "out" / "results.csv")}
    assert after[both[1]]["reason"] == "rejected_in_review"
    # It was not read, and is told with how it was acquired all the same.
    refused = {r["study_uid"]: r for r in rows(tmp_path / "out" / "rejections.csv")}[both[1]]
    assert refused["stage"] == "select"
    assert after[both[1]]["kvp"] == before[both[1]]["kvp"] != ""
    assert not (tmp_path / "out" / "pictures" / f"{both[1]}.png").exists()
    assert "relabelled_in_review" in after[both[0]]["flags"].split(";")
    now = {(r["study_uid"], r["level"]): r for r in rows(tmp_path / "out" / "vertebrae.csv")}
    # What is called L1 now is what was called L2.
    one, other = now[both[0], "L1"], measured[both[0], "L2"]
    for name in ("centroid_z_mm", "trabecular_hu", "trabecular_volume_mm3"):
        assert one[name] == other[name] != ""
    untouched = before.keys() - set(both[:2])
    # But for times, and what random keys make.
    apart = ("patient_id", "scanner", "seconds")
    for uid in untouched:
        assert all(after[uid][name] == before[uid][name] for name in before[uid].keys() - {*apart})
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    counted = "2 of 3 rows of the review count (for nothing: 1 of studies not in the export)"
    assert counted in record["warnings"]
    written = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert not any(b"DOE" in path.read_bytes() for path in written)
    write_review(tmp_path, (both[1], "reject"))
    with pytest.raises(ValueError, match=r"content of review was .*, is "):
        screen(config_of(simulated, tmp_path / "out", review=review))


@pytest.mark.slow
def test_seconds_are_those_of_all_sessions(simulated, screened):
    before = json.loads((screened / "run.json").read_text())["seconds"]
    screen(config_of(simulated, screened, deliver=("sr", "fhir"), deliver_rejected=True))
    after = json.loads((screened / "run.json").read_text())["seconds"]
    assert after["estimate"] == before["estimate"] > 0.0
    assert after["load"] >= before["load"]


@pytest.mark.slow
def test_no_output_but_the_catalogue_names_a_patient_or_a_path(simulated, screened):
    patients = [row["patient_id"] for row in rows(simulated / "cohort.csv")]
    folders = [p.name for p in (simulated / "export").glob("*/*")]
    names = [*patients, *folders, str(simulated)]
    catalogue = (screened / "catalogue.sqlite3").read_bytes()
    assert any(folder.encode() in catalogue for folder in folders)
    for path in screened.rglob("*"):
        # Reports are filed with their patients; that is what they are for.
        if path.is_file() and path.name != "catalogue.sqlite3" and path.suffix != ".dcm":
            content = path.read_bytes()
            assert not [name for name in names if name.encode() in content], path.name


@pytest.mark.slow
def test_every_study_is_delivered_with_the_numbers_of_its_row(screened):
    from highdicom.sr import srread

    record = json.loads((screened / "run.json").read_text())
    counts = record["counts"]
    assert any("dicom/ names the patients" in warning for warning in record["warnings"])
    found = {row["study_uid"]: row for row in rows(screened / "results.csv")}
    told = {path.stem for path in screened.glob("undelivered/*.txt")}
    assert counts.get("delivery_failed", 0) == len(told)
    assert told == {uid for uid, row in found.items() if "delivery_failed" in row["flags"]}
    assert {path.stem for path in screened.glob("fhir/*.json")} == set(found)
    assert {path.name for path in screened.glob("dicom/*")} == set(found) - told
    for path in screened.glob("dicom/*/*-report.dcm"):
        row = found[path.parent.name]
        patient, *levels = srread(path).content.get_image_measurement_groups()
        numbers = [item.value for item in patient.get_measurements()]
        assert numbers == ([float(row["trabecular_hu"])] if row["status"] == "screened" else [])
        names = [group.finding_sites[0].value.meaning.split()[0] for group in levels]
        assert names == [name for name in row["levels"].split(";") if name]


def write_people(folder, sex, **young):
    """Write a reference population whose means fall by 1.5 mg/cm3 a year from 20 to 90."""
    means = {20: young["mean"], 90: young["mean"] - 105}
    (folder / f"{sex}.yaml").write_text(
        f"{{name: people_{sex}, version: 2, quantity: bmd_mg_cm3, levels: [L1, L2], sex: {sex},"
        f" phantom: k2hpo4, young_mean: {young['mean']}, young_sd: {young['sd']},"
        f" mean_by_age: {means}, sd_by_age: {{20: {young['sd']}, 90: {young['sd']}}},"
        " population: nobody, source: made up for a test, verified: nothing}"
    )
    return folder / f"{sex}.yaml"


@pytest.mark.slow
def test_densities_are_compared_with_the_people_of_the_same_age_and_sex(simulated, tmp_path):
    (tmp_path / "line.yaml").write_text(
        "{slope_mg_cm3_per_hu: 0.8, intercept_mg_cm3: 0, phantom: k2hpo4, scanner: any,"
        " kvp: null, source: made up for a test}"
    )
    young = {"F": {"mean": 190, "sd": 25}, "M": {"mean": 170, "sd": 30}}
    written = [str(write_people(tmp_path, sex, **numbers)) for sex, numbers in young.items()]
    given = ("screen", "--export", str(simulated / "export"), "--pictures", "false")
    given = (*given, "--workers", "0")
    for out, more in (("plain", []), ("scored", ["--reference", *written])):
        words = [*given, "--masks", str(simulated / "masks.csv"), "--out", str(tmp_path / out)]
        words += ["--calibration", str(tmp_path / "line.yaml"), *more]
        main(words)
    people = {row["study_uid"]: row for row in rows(simulated / "cohort.csv")}
    found = [r for r in rows(tmp_path / "scored" / "results.csv") if r["status"] == "screened"]
    assert [r for r in found if r["qct_z_score"]]
    for row in found:
        person = people[row["study_uid"]]
        if row["levels"] != "L1;L2":
            assert (row["qct_t_score"], row["qct_z_score"]) == ("", "")
            assert "expected L1 and L2" in row["detail"]
            continue
        density, age = float(row["bmd_mg_cm3"]), float(person["age_years"])
        mean, sd = young[person["sex"]]["mean"], young[person["sex"]]["sd"]
        expected = (density - mean) / sd
        assert float(row["qct_t_score"]) == pytest.approx(expected, abs=0.0501)
        by_age = expected + 1.5 * (age - 20.0) / sd
        assert float(row["qct_z_score"]) == pytest.approx(by_age, abs=0.0501)
        assert (row["t_score"], row["detail"]) == ("", "")
    # But for scores, times and random keys, a result is what it was: nothing is decided by them.
    apart = ("qct_t_score", "qct_z_score", "detail", "seconds", "patient_id", "scanner")
    results = [
        [{k: v for k, v in row.items() if k not in apart} for row in rows(path)]
        for path in (tmp_path / "plain" / "results.csv", tmp_path / "scored" / "results.csv")
    ]
    assert results[0] == results[1]
    record = json.loads((tmp_path / "scored" / "run.json").read_text())
    assert {"reference people_F, version 2", "reference people_M, version 2"} <= set(
        record["weights"]
    )
    assert record["config"]["reference"] == ["F.yaml", "M.yaml"]
    assert any("made up for a test" in warning for warning in record["warnings"])


def test_a_population_is_refused_where_no_density_is_measured(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "masks.csv").write_text("series_uid,mask,numbering\n")
    people = write_people(tmp_path, "F", mean=170, sd=25)
    config = config_of(tmp_path, tmp_path / "out", reference=(people,))
    with pytest.raises(ValueError, match=r"people_F is compared with .* gives trabecular_hu"):
        screen(config)


def test_an_empty_export_is_nothing_usable(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "masks.csv").write_text("series_uid,mask,numbering\n")
    config = config_of(tmp_path, tmp_path / "out")
    with pytest.raises(NothingUsable, match="expected studies"):
        screen(config)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["exit_code"] == 3


def test_a_rule_that_the_estimator_cannot_serve_is_refused_before_the_first_study(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "masks.csv").write_text("series_uid,mask,numbering\n")
    config = config_of(tmp_path, tmp_path / "out", rule=config_path("decision/acr_qct.yaml"))
    with pytest.raises(ValueError, match=r"decides on bmd_mg_cm3, and hu_line .* trabecular_hu"):
        screen(config)


def test_results_do_not_lie_in_the_export(tmp_path):
    (tmp_path / "export").mkdir()
    with pytest.raises(ValueError, match="must lie outside the export"):
        screen(config_of(tmp_path, tmp_path / "export" / "out"))


@pytest.mark.slow
def test_studies_that_were_completed_are_screened_again(simulated, screened, tmp_path):
    export = tmp_path / "export"
    shutil.copytree(simulated / "export", export)
    config = config_of(simulated, tmp_path / "out", export=export, pictures=False)
    folders = [path for path in export.rglob("SE*") if len(list(path.iterdir())) > 20]
    held_back = [path for folder in folders for path in sorted(folder.iterdir())[10:20]]
    kept = {path: path.read_bytes() for path in held_back}
    for path in held_back:
        path.unlink()
    screen(config)
    assert {row["status"] for row in rows(tmp_path / "out" / "results.csv")} == {"rejected"}
    for path, content in kept.items():
        path.write_bytes(content)
    screen(config)
    again = [row["status"] for row in rows(tmp_path / "out" / "results.csv")]
    assert again == [row["status"] for row in rows(screened / "results.csv")]
    assert "screened" in again


@pytest.fixture
def screen_fakes(monkeypatch, tmp_path):
    """Screen fakes that do what their UIDs say, in this process."""
    (tmp_path / "export").mkdir()

    def run(*uids):
        monkeypatch.setattr(module, "_engine", lambda _: open_here(opener_of(tmp_path)))
        studies = [behaving_study(number, uid) for number, uid in enumerate(uids)]
        monkeypatch.setattr(module, "index_export", lambda *_, **__: iter(studies))
        screen(ScreenConfig(export=tmp_path / "export", out=tmp_path / "out"))

    return run


def test_a_request_to_terminate_ends_a_run_that_goes_on_later(screen_fakes, tmp_path):
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    told = "interrupted with 1 studies done; the same command goes on from there"
    with pytest.raises(KeyboardInterrupt, match=told):
        screen_fakes("", "locate.terminate", "")
    assert [signal.getsignal(number) for number in numbers] == before
    assert json.loads((tmp_path / "out" / "run.json").read_text())["exit_code"] == 1
    assert len(rows(tmp_path / "out" / "results.csv")) == 1
    screen_fakes("", "", "")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["counts"]["metal"] == 3


def test_a_full_disk_stops_a_run_that_goes_on_later(screen_fakes, tmp_path):
    told = "No space left on device: stopped with 1 studies done; the same command goes on"
    with pytest.raises(OSError, match=told):
        screen_fakes("", "locate.fill_disk", "")
    screen_fakes("", "", "")
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (record["exit_code"], record["counts"]["metal"]) == (0, 3)
    assert (record["device"], record["weights"]) == ("cpu", {"head": "fake"})
    assert (record["rule"]["name"], record["rule"]["osteoporosis_below"]) == ("hu_l1", 110.0)
    assert "made up" in record["warnings"]


def test_an_interruption_of_the_writing_says_nothing_twice(screen_fakes, tmp_path, monkeypatch):
    monkeypatch.setattr(module.Ledger, "flagged", lambda *_: 2)
    write, times = module.write_privacy, []

    def interrupted(*given, **named):
        times.append(1)
        if len(times) == 1:
            raise KeyboardInterrupt
        return write(*given, **named)

    monkeypatch.setattr(module, "write_privacy", interrupted)
    with pytest.raises(KeyboardInterrupt, match="interrupted with 1 studies done"):
        screen_fakes("")
    warnings = json.loads((tmp_path / "out" / "run.json").read_text())["warnings"]
    assert len(warnings) == len(set(warnings)) > 1


def test_how_a_run_is_done_decides_no_result(tmp_path):
    config = config_of(tmp_path, tmp_path, masks=None)
    other = replace(
        config, workers=3, time_limit_s=5.0, memory_limit_gb=2.0, again=("time_limit",)
    )
    elsewhere = replace(config, engine="dask", scheduler="tcp://node1:8786", workers=1)
    log = RunLog("screen", config)
    assert _options(config, log, {}) == _options(other, log, {}) == _options(elsewhere, log, {})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"workers": -1}, "workers must be 0 or more, got -1"),
        ({"time_limit_s": 0.0}, "time_limit_s must be above 0, got 0"),
        ({"memory_limit_gb": -2.0}, "memory_limit_gb must be above 0, got -2"),
        ({"engine": "dask"}, "the engine dask needs --workers 1 or more, got 0"),
        ({"scheduler": "tcp://node1:8786"}, "give --engine dask with it"),
        (
            {"engine": "dask", "workers": 1, "scheduler": "node1:8786"},
            "expected a scheduler such as tcp://node1:8786 or tls://node1:8786, got node1:8786",
        ),
        (
            {"engine": "dask", "workers": 2, "scheduler": "tcp://node1:8786"},
            "leave --workers out",
        ),
    ],
)
def test_limits_are_checked_before_anything_is_read(tmp_path, wrong, told):
    with pytest.raises(ValueError, match=told):
        config_of(tmp_path, tmp_path, **wrong)


def test_a_review_that_is_none_leaves_nothing_behind(tmp_path):
    (tmp_path / "export").mkdir()
    review = write_review(tmp_path, ("1.2", "perhaps"))
    config = ScreenConfig(export=tmp_path / "export", out=tmp_path / "out", review=review)
    with pytest.raises(ValueError, match="line 2, column verdict: expected accept, reject or rel"):
        screen(config)
    assert not (tmp_path / "out").exists()


def test_an_engine_is_what_the_configuration_asks_for(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "open_local", lambda opener, **how: asked.append(how))
    module._engine(config_of(tmp_path, tmp_path, workers=2, memory_limit_gb=1.5, time_limit_s=60))
    expected = Limits(time_s=60.0, memory_bytes=1_500_000_000)
    monkeypatch.setattr(module, "open_dask", lambda opener, **how: asked.append(how))
    node = "tls://node1:8786"
    module._engine(config_of(tmp_path, tmp_path, workers=1, engine="dask", scheduler=node))
    assert asked == [
        {"workers": 2, "limits": expected},
        {"workers": 1, "limits": Limits(), "scheduler": node},
    ]


def test_the_export_must_be_a_folder(tmp_path):
    with pytest.raises(ValueError, match="must be a folder"):
        screen(config_of(tmp_path, tmp_path / "out", export=tmp_path / "nowhere"))


def test_a_folder_of_another_command_is_refused(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text('{"command": "localise"}')
    with pytest.raises(ValueError, match="holds a run of ctbone localise"):
        screen(config_of(tmp_path, tmp_path / "out"))


def test_rejected_studies_are_told_by_what_can_say_why(tmp_path):
    with pytest.raises(ValueError, match="give --deliver sr or fhir"):
        config_of(tmp_path, tmp_path, deliver=("seg", "pdf"), deliver_rejected=True)


def test_a_fallback_is_another_level(tmp_path):
    with pytest.raises(ValueError, match="fallback must name other levels, each once, got L2"):
        config_of(tmp_path, tmp_path, fallback=("T12", "L2"))


def test_a_level_counts_once(tmp_path):
    with pytest.raises(ValueError, match="levels must name each level once, got L1 twice"):
        config_of(tmp_path, tmp_path, levels=("L1", "L1"))


def test_a_site_key_that_is_none_leaves_nothing_behind(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "key").write_bytes(b"")
    with pytest.raises(ValueError, match="site key is empty"):
        screen(config_of(tmp_path, tmp_path / "out", site_key=tmp_path / "key"))
    assert not (tmp_path / "out").exists()


def test_a_calibration_does_not_go_with_a_model(tmp_path):
    with pytest.raises(ValueError, match="belongs to the HU line"):
        config_of(tmp_path, tmp_path, model=tmp_path, calibration=tmp_path / "line.yaml")


def test_a_runtime_is_for_a_model(tmp_path):
    with pytest.raises(ValueError, match="runtime openvino is for the head of a model"):
        ScreenConfig(export=tmp_path, out=tmp_path / "out", runtime="openvino")


@pytest.mark.slow
def test_every_real_study_is_accounted_for(shared_data, tmp_path):
    labels = shared_data / "ct" / "totalseg_example" / "labels"
    crop = "tptbox_sample_ct/sub-ct_label-22_ct.nii.gz"
    mask = shared_data / "ct" / "tptbox_sample_ct" / "sub-ct_seg-vert_label-22_msk.nii.gz"
    (tmp_path / "masks.csv").write_text(
        "image,mask,numbering,holds\n"
        "totalseg_example/example_ct.nii.gz,"
        f"{labels / 'totalseg_vertebrae_pp_refined.nii.gz'},verse,body\n"
        f"{crop},{mask},verse,vertebra\n"
    )
    screen(config_of(tmp_path, tmp_path / "out", export=shared_data / "ct"))
    counts = json.loads((tmp_path / "out" / "run.json").read_text())["counts"]
    assert counts["found"] == counts["screened"] + counts["rejected"] == 19
    assert {name: counts[name] for name in EXPECTED_OF_REAL_CT} == EXPECTED_OF_REAL_CT
    (row,) = (r for r in rows(tmp_path / "out" / "results.csv") if r["status"] == "screened")
    # L1 has a dense focus below its upper end plate, which is dented, and reads more than L2.
    assert row["levels"] == "L2"
    assert "one_level_only" in row["flags"]
    assert 100.0 < float(row["trabecular_hu"]) < 130.0
    vertebrae = rows(tmp_path / "out" / "vertebrae.csv")
    reasons = {r["level"]: r["reason"] for r in vertebrae if r["study_uid"] == row["study_uid"]}
    assert reasons["L1"] in ("fracture", "severe_degeneration", "focal_lesion")
    assert (reasons["L2"], reasons["T12"]) == ("", "truncated")


def test_a_localiser_of_ones_own_excludes_another_locator(tmp_path):
    for given in ({"masks": tmp_path / "masks.csv"}, {"locator": "totalsegmentator"}):
        with pytest.raises(ValueError, match="and a localiser exclude each other"):
            ScreenConfig(export=tmp_path, out=tmp_path, localiser=tmp_path / "l", **given)


@pytest.mark.parametrize("patients", [0, 40])
def test_a_head_without_calibration_is_warned_of_and_its_record_decides(tmp_path, patients):
    config = config_of(tmp_path, tmp_path / "out", masks=None, model=tmp_path / "model")
    write_model(config.model, small_head(calibration=HeadCalibration(sd_patients=patients)))
    log = RunLog("screen", config)
    name = _estimator(config, log).name
    [digest] = log.weights.values()
    assert name.endswith(digest[:12])
    told = "not calibrated: no held-out patients stand behind it"
    assert [told in warning for warning in log.warnings] == ([] if patients else [True])
    before = _options(config, log, {})
    record = config.model / "model.json"
    record.write_text(record.read_text().replace('"sd_factor": 1.0', '"sd_factor": 2.0'))
    after = _options(config, log, {})
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"content of model.json"}
