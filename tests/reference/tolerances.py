"""How nearly each quantity has to agree with that of other programs; what need not, and why."""

from __future__ import annotations

#: Tolerance of each group of quantities.
TOLERANCES = {
    "exact: mean logits": 1e-4,
    "exact: their standard errors": 1e-4,
    "exact: covariance of the means": 1e-4,
    "exact: variances between studies": 1e-4,
    "exact: correlation": 1e-4,
    "exact: log-likelihood": 1e-4,
    "exact: sensitivity, specificity, LR+, LR-, DOR": 1e-4,
    "exact: their limits": 1e-3,
    "exact: standard errors of variances and correlation": 1e-3,
    "exact: limits of variances and correlation": 1e-3,
    "exact: HSROC parameters": 1e-4,
    "exact: their standard errors (HSROC)": 1e-3,
    "exact: AUC": 1e-4,
    "exact: limits of AUC": 1e-3,
    "exact: partial AUC": 1e-4,
    "exact: confidence region": 1e-3,
    "exact: prediction region": 1e-3,
    "exact: leave-one-out": 1e-4,
    "heterogeneity: Pearson's Q": 1e-6,
    "heterogeneity: joint likelihood-ratio Q": 1e-4,
    "heterogeneity: I2 of Zhou and Dendukuri": 1e-3,
    "asymmetry: Deeks' test": 1e-6,
    "laplace: glmer's estimates": 1e-4,
    "laplace: glmer's standard errors": 1e-3,
    "laplace: glmer's log-likelihood": 1e-6,
    "normal: mean logits": 1e-6,
    "normal: their standard errors": 1e-6,
    "normal: variances between studies": 1e-6,
    "normal: correlation": 1e-6,
    "normal: metafor's log-likelihood": 1e-6,
}

#: Why a set need not agree.
DIVERGES = (
    "a margin is perfect in every study: the likelihood has no maximum, programs stop anywhere"
)
NODES = "five empty cells in six tables: the reference has 21 nodes a dimension, ctbone takes 51"
STOPS = "the search of mada (and of metafor) stops early: its estimates have a lower likelihood"
GLMER = "the search of glmer stops early: glmmTMB agrees with ctbone"
SILENT = "mada and metafor add 0.5 to cells that hold nobody, ctbone leaves that margin silent"
EMPTY = "the reference counts a study without patients in the degrees of freedom of the regions"

#: Sets on which mada, and metafor where it has the same correction, stop more than 1e-6 away.
STOPPED = (
    "audit_k4", "auditc", "ct_appendicitis", "dementia_csf", "dementia_mmse",
    "edge_perfect_sens_k6", "edge_zero_cells_k6", "iaq", "pet_axillary20", "pet_axillary39",
    "pet_axillary43", "rapt_doctors", "saq", "scheidler_ct", "scheidler_lag", "scheidler_mri",
    "telomerase",
)  # fmt: skip

#: What does not agree, by set and the beginning of the quantity, and why.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("edge_all_perfect_k5", "exact"): DIVERGES,
    ("edge_all_perfect_k5", "heterogeneity: joint"): DIVERGES,
    ("edge_all_perfect_k5", "laplace"): DIVERGES,
    ("edge_perfect_sens_k6", "exact"): DIVERGES,
    ("edge_perfect_sens_k6", "laplace"): DIVERGES,
    ("edge_zero_cells_k6", "exact"): NODES,
    ("edge_zero_cells_k6", "laplace"): GLMER,
    ("edge_empty_study_k6", "exact: confidence region"): EMPTY,
    ("edge_empty_study_k6", "exact: prediction region"): EMPTY,
    ("edge_empty_study_k6", "normal"): SILENT,
    ("edge_no_diseased_k6", "normal"): SILENT,
    **{(name, "normal"): STOPS for name in STOPPED},
}


def excuse(name: str, quantity: str) -> str | None:
    """Return why a set need not agree on a quantity."""
    found = (why for (s, q), why in EXCEPTIONS.items() if s == name and quantity.startswith(q))
    return next(found, None)
