"""Make sets.json: the 2x2 counts of every set and what other programs find in them.

    python tests/reference/pin.py FOLDER

``FOLDER`` holds ``datasets/NAME.csv`` and ``reference/NAME.json`` as the programs of README.md
wrote them. What is kept keeps its place, so that ``sets.json`` reads like the reference files;
what the tests do not read (wall times, points of curves, single studies) is left out, and a
program that failed on a set left null.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

CELLS = ("tp", "fp", "fn", "tn")

#: Ten digits carry every tolerance of the tests.
DIGITS = 10

#: Parts of a reference file that no test reads.
LEFT_OUT = {
    "wall_s", "wall_total_s", "leave_one_out_wall_s", "n_loglik_evals", "nq", "method", "desc",
    "studies", "aghq_raw_fit", "curve_at_spec", "glmer_laplace_defaultopt", "session", "note",
    "vcov_order", "lr_scattergram_quadrant", "inv_nlr", "aghq7_midas", "i2_holling", "conv_msgs",
    "grad_max",
}  # fmt: skip

#: What is kept of a fit without one study.
WITHOUT_ONE = ("loglik", "mu_logit_sens", "mu_logit_spec", "tau2_sens", "tau2_spec", "boundary")

#: Whose patients they are, and the package that carries the counts where it is another.
SOURCES = {
    "anti_ccp": "Nishimura et al., Ann Intern Med 2007;146:797; R package DTAplots",
    "ascus": "Nyaga and Arbyn, Res Synth Methods 2023, ASCUS triage by HC2 and repeat cytology",
    "asthma_feno": "Korevaar et al., Lancet Respir Med 2015;3:290; R package dmetatools",
    "audit_k4": "Botella et al., Front Psychol 2013, table 2, AUDIT; R package Metatron",
    "auditc": "Kriston et al., Ann Intern Med 2008;149:879, AUDIT-C; R package mada",
    "ct_appendicitis": "Ohmann and Verde 2010, CT for appendicitis; R package bamdit",
    "dementia_csf": "Nyaga and Arbyn, Res Synth Methods 2023, CSF abeta in cognitive impairment",
    "dementia_mmse": "Mitchell, J Psychiatr Res 2009;43:411, MMSE; R package mada",
    "diabetes_fpg": "Hoyer and Kuss, Stat Methods Med Res 2018, fasting glucose; R package bamdit",
    "iaq": "Patrick et al., Am J Public Health 1994;84:1086, interviews; R package mada",
    "iqcode": "IQCODE in secondary care, the example of MetaDTA",
    "pet_axillary20": "FDG-PET of the axilla, the first 20 tables of the example of MIDAS (Stata)",
    "pet_axillary39": "FDG-PET of the axilla, the example of MIDAS (Stata)",
    "pet_axillary43": "FDG-PET of the axilla, the extended example of MIDAS (Stata)",
    "rapt_doctors": "Liu et al., Health Technol Assess 2006, decision tools; R package bamdit",
    "saq": "Patrick et al., Am J Public Health 1994;84:1086, questionnaires; R package mada",
    "scheidler_all": "Scheidler et al., JAMA 1997;278:1096, three tests; R package meta4diag",
    "scheidler_ct": "Scheidler et al., JAMA 1997;278:1096, CT; R package meta4diag",
    "scheidler_lag": "Scheidler et al., JAMA 1997;278:1096, lymphangiography; R package meta4diag",
    "scheidler_mri": "Scheidler et al., JAMA 1997;278:1096, MRI; R package meta4diag",
    "skin_tests": "Skin tests, R package mada",
    "smoking": "Patrick et al., Am J Public Health 1994;84:1086; R package mada",
    "telomerase": "Glas et al., J Urol 2003;169:1975, telomerase for bladder cancer",
}


def main(folder: Path, out: Path) -> None:
    """Write the pins of every set of the folder, a line a block."""
    sets = {}
    for path in sorted((folder / "datasets").glob("*.csv")):
        known = json.loads((folder / "reference" / f"{path.stem}.json").read_text("utf-8"))
        sets[path.stem] = pinned(path, known)
    blocks = (f"{json.dumps(name)}: {{\n{lines(entry)}\n}}" for name, entry in sets.items())
    out.write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")


def lines(entry: dict) -> str:
    """Return a block of a set a line."""
    parts = []
    for key, value in entry.items():
        if key in {"python_exact", "r"}:
            inner = ",\n".join(f"  {json.dumps(k)}: {compact(v)}" for k, v in value.items())
            parts.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            parts.append(f" {json.dumps(key)}: {compact(value)}")
    return ",\n".join(parts)


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def pinned(path: Path, known: dict) -> dict:
    """Return what is kept of one set."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {"study_id", *known["python_exact"].get("meta_regression", {})}
    covariates = {name: [row[name] for row in rows] for name in rows[0] if name in wanted}
    made = "made by hand or the first tables of dementia_csf"
    exact = known["python_exact"]
    exact["leave_one_out"] = [
        {key: one.get(key) for key in WITHOUT_ONE} for one in exact.get("leave_one_out", ())
    ]
    entry = {
        "source": SOURCES.get(path.stem, made if path.stem.startswith("edge_") else None),
        "tables": [[int(row[cell]) for cell in CELLS] for row in rows],
        "covariates": covariates,
        "python_exact": kept(exact),
        "r": kept(known["r"]),
    }
    if not entry["source"]:
        raise ValueError(f"{path.stem} has no source in SOURCES")
    if known.get("published_stata"):
        entry["published_stata"] = kept(known["published_stata"])
    return entry


def kept(value: object) -> object:
    """Drop what no test reads; round the rest."""
    if isinstance(value, dict):
        if "error" in value:
            return None
        return {k: kept(v) for k, v in value.items() if k not in LEFT_OUT}
    if isinstance(value, list):
        return [kept(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("sets.json"))
