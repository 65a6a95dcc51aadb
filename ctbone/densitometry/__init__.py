"""Attenuation, density and category of vertebral bodies."""

from __future__ import annotations

from ctbone.densitometry.calibrate import CalibrateConfig, calibrate
from ctbone.densitometry.calibration import (
    Calibration,
    fit_calibration,
    load_calibration,
    save_calibration,
)
from ctbone.densitometry.decide import decide
from ctbone.densitometry.measure import TrabecularMeasurement, measure, to_estimate
from ctbone.densitometry.region import EROSION_MM, TrabecularRegion, find_region
from ctbone.densitometry.scanner import calibration_fits
from ctbone.rules import DecisionRule, load_rule, shipped_rule

__all__ = [
    "EROSION_MM",
    "CalibrateConfig",
    "Calibration",
    "DecisionRule",
    "TrabecularMeasurement",
    "TrabecularRegion",
    "calibrate",
    "calibration_fits",
    "decide",
    "find_region",
    "fit_calibration",
    "load_calibration",
    "load_rule",
    "measure",
    "save_calibration",
    "shipped_rule",
    "to_estimate",
]
