"""VertebraPatch -> BmdEstimate: the HU line, and trained heads with honest uncertainty."""

from __future__ import annotations

from ctbone.estimation.conditions import Conditions
from ctbone.estimation.estimator import BmdEstimator
from ctbone.estimation.head_calibration import HeadCalibration
from ctbone.estimation.hu_line import HuLine
from ctbone.estimation.model_folder import (
    model_conditions,
    model_digests,
    read_model,
    write_model,
)
from ctbone.estimation.network import NetworkEstimator
from ctbone.estimation.reading import is_calibrated, quantity_of
from ctbone.estimation.trained_head import TrainedHead, TrainingRecord
from ctbone.estimation.uncertainty import HeldOut, check_coverage, fit_calibration

__all__ = [
    "BmdEstimator",
    "Conditions",
    "HeadCalibration",
    "HeldOut",
    "HuLine",
    "NetworkEstimator",
    "TrainedHead",
    "TrainingRecord",
    "check_coverage",
    "fit_calibration",
    "is_calibrated",
    "model_conditions",
    "model_digests",
    "quantity_of",
    "read_model",
    "write_model",
]
