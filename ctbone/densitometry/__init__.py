"""Attenuation, density and category of vertebral bodies."""

from __future__ import annotations

from ctbone.densitometry.acceptance import Acceptance
from ctbone.densitometry.calibrate import CalibrateConfig, calibrate
from ctbone.densitometry.calibration import (
    Calibration,
    Phantom,
    fit_calibration,
    from_hydroxyapatite,
    load_calibration,
    save_calibration,
)
from ctbone.densitometry.calibrator import Calibrator, calibration_by_rods
from ctbone.densitometry.correction import Correction, PatchCorrection, correction_of
from ctbone.densitometry.decide import decide
from ctbone.densitometry.domain import DomainConfig, require_domain
from ctbone.densitometry.internal import InternalCalibration, calibrate_internally
from ctbone.densitometry.internal_reference import InternalReference
from ctbone.densitometry.measure import TrabecularMeasurement, measure, to_estimate
from ctbone.densitometry.named import load_named, named_path
from ctbone.densitometry.phase import Phase, phase_of
from ctbone.densitometry.reference import ReferencePopulation
from ctbone.densitometry.region import EROSION_MM, TrabecularRegion, find_region
from ctbone.densitometry.rods import calibrate_in_scan, find_rods
from ctbone.densitometry.scanner import calibration_fits
from ctbone.densitometry.scores import misfit, qct_scores
from ctbone.densitometry.tissue_line import calibration_by_tissues
from ctbone.densitometry.tissue_samples import TissueSample, sample_tissues
from ctbone.rules import DecisionRule, load_rule, shipped_rule

__all__ = [
    "EROSION_MM",
    "Acceptance",
    "CalibrateConfig",
    "Calibration",
    "Calibrator",
    "Correction",
    "DecisionRule",
    "DomainConfig",
    "InternalCalibration",
    "InternalReference",
    "PatchCorrection",
    "Phantom",
    "Phase",
    "ReferencePopulation",
    "TissueSample",
    "TrabecularMeasurement",
    "TrabecularRegion",
    "calibrate",
    "calibrate_in_scan",
    "calibrate_internally",
    "calibration_by_rods",
    "calibration_by_tissues",
    "calibration_fits",
    "correction_of",
    "decide",
    "find_region",
    "find_rods",
    "fit_calibration",
    "from_hydroxyapatite",
    "load_calibration",
    "load_named",
    "load_rule",
    "measure",
    "misfit",
    "named_path",
    "phase_of",
    "qct_scores",
    "require_domain",
    "sample_tissues",
    "save_calibration",
    "shipped_rule",
    "to_estimate",
]
