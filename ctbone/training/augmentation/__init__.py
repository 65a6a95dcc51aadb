"""Patches as another scan of the patient might have shown them: physics, not colour jitter.

What a scan changes is changed in the order in which it happens: the patient lies otherwise, has
been given contrast agent or carries metal, the beam reads mineral otherwise, slices are thicker,
the kernel is another, and noise and an offset come last. Nothing changes the density of the bone,
which is what a head has to answer.
"""

from __future__ import annotations

from ctbone.training.augmentation.configuration import Augmentation
from ctbone.training.augmentation.sequence import augment

__all__ = ["Augmentation", "augment"]
