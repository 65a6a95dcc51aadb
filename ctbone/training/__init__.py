"""Fitting networks; the only room that knows Lightning."""

from ctbone.training.command import TrainConfig, train
from ctbone.training.fitting import FitConfig
from ctbone.training.patients import HeadTraining
from ctbone.training.recipe import LabelledData, LocaliserTraining
from ctbone.training.variation import Variation

__all__ = [
    "FitConfig",
    "HeadTraining",
    "LabelledData",
    "LocaliserTraining",
    "TrainConfig",
    "Variation",
    "train",
]
