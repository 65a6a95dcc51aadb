"""Fitting networks; the only room that knows Lightning."""

from ctbone.training.augmentation import Augmentation
from ctbone.training.command import TrainConfig, train
from ctbone.training.fitting import FitConfig
from ctbone.training.heads.configuration import HeadTraining, LossConfig
from ctbone.training.recipe import LabelledData, LocaliserTraining

__all__ = [
    "Augmentation",
    "FitConfig",
    "HeadTraining",
    "LabelledData",
    "LocaliserTraining",
    "LossConfig",
    "TrainConfig",
    "train",
]
