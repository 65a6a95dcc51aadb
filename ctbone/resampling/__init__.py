"""From one grid to another, without aliasing and without moving anything."""

from ctbone.resampling.oblique import resample_to, sample_onto
from ctbone.resampling.spacing import resample

__all__ = ["resample", "resample_to", "sample_onto"]
