"""VertebraPatch -> BmdEstimate: the HU line, and trained heads."""

from __future__ import annotations

from ctbone.estimation.estimator import BmdEstimator
from ctbone.estimation.hu_line import HuLine
from ctbone.estimation.model_folder import model_weights, read_model, write_model
from ctbone.estimation.network import NetworkEstimator

__all__ = [
    "BmdEstimator",
    "HuLine",
    "NetworkEstimator",
    "model_weights",
    "read_model",
    "write_model",
]
