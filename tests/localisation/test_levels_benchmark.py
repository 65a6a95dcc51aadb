"""Levels are held against the truth as they should be."""

import csv
import json

from benchmarks.levels import measured, read_truths, report

PLAIN = {
    "last_ribs": ["full", "full"],
    "lumbar_ribs": ["absent", "absent"],
    "transitional": None,
    "junctions": ["free", "free"],
}


def truth(folder, uid, *, variant="regular", **anomalies):
    vertebrae = [{"level": f"L{n}", "centroid_mm": [0.0, 0.0, -30.0 * n]} for n in range(1, 4)]
    told = {"study_uid": uid, "variant": variant, "anomalies": PLAIN | anomalies,
            "series": [{"vertebrae": vertebrae}]}  # fmt: skip
    (folder / "truth").mkdir(exist_ok=True)
    (folder / "truth" / f"{uid}.json").write_text(json.dumps(told))


def screened(path, rows):
    names = ["study_uid", "level", "evaluable", *(f"centroid_{a}_mm" for a in "xyz")]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)


def test_a_wrong_name_counts_for_its_study(tmp_path):
    truth(tmp_path, "a")
    truth(tmp_path, "b", variant="L6")
    truth(tmp_path, "c", transitional="S1")
    screened(
        tmp_path / "vertebrae.csv",
        [
            ("a", "L1", "true", 0, 0, -29),
            ("a", "L2", "true", 0, 3, -60),
            ("b", "L1", "true", 0, 0, -61),
            ("b", "L2", "false", 0, 0, -90),
            ("c", "L1", "true", 0, 0, -30),
            ("c", "L3", "true", 0, 0, -30),
        ],
    )
    truths = read_truths(tmp_path)
    rows = list(measured(tmp_path / "vertebrae.csv", truths, levels=("L1", "L2")))
    assert [(row.study, row.is_right) for row in rows] == [
        ("a", True), ("a", True), ("b", False), ("c", True),
    ]  # fmt: skip
    assert report(rows, truths) == [
        "levels right: 3 of 4 (75.0%)",
        "centres off by 1.00 mm (median), 3.00 mm (95 %)",
        "studies without an anomaly with a wrong level: 0 of 1 (0.0%)",
        "studies with an anomaly with a wrong level: 1 of 2 (50.0%)",
    ]


def test_nothing_measured_is_said_so(tmp_path):
    truth(tmp_path, "a")
    assert report([], read_truths(tmp_path))[0] == "levels right: 0 of 0"
