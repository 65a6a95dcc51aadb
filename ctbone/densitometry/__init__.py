"""Attenuation, density and category of vertebral bodies."""

from __future__ import annotations

from ctbone.densitometry.calibrate import CalibrateConfig, calibrate
from ctbone.densitometry.calibration import (
    Calibration,
    fit_calibration,
    load_calibration,
    save_calibration,
)
from ctbone.densitometry.correction import (
    Correction,
    PatchCorrection,
    correction_of,
    correction_path,
    load_correction,
)
from ctbone.densitometry.decide import decide
from ctbone.densitometry.domain import DomainConfig, require_domain
from ctbone.densitometry.measure import TrabecularMeasurement, measure, to_estimate
from ctbone.densitometry.phase import Phase, phase_of
from ctbone.densitometry.reference import (
    ReferencePopulation,
    load_reference,
    shipped_reference,
)
from ctbone.densitometry.region import EROSION_MM, TrabecularRegion, find_region
from ctbone.densitometry.scanner import calibration_fits
from ctbone.rules import DecisionRule, load_rule, shipped_rule

__all__ = [
    "EROSION_MM",
    "CalibrateConfig",
    "Calibration",
    "Correction",
    "DecisionRule",
    "DomainConfig",
    "PatchCorrection",
    "Phase",
    "ReferencePopulation",
    "TrabecularMeasurement",
    "TrabecularRegion",
    "calibrate",
    "calibration_fits",
    "correction_of",
    "correction_path",
    "decide",
    "find_region",
    "fit_calibration",
    "load_calibration",
    "load_correction",
    "load_reference",
    "load_rule",
    "measure",
    "phase_of",
    "require_domain",
    "save_calibration",
    "shipped_reference",
    "shipped_rule",
    "to_estimate",
]
