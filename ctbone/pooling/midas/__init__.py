"""What MIDAS v2.00 for Stata prints, reproduced with its faults, each by name."""

from __future__ import annotations

from ctbone.pooling.midas.output import Midas
from ctbone.pooling.midas.reproduction import reproduce

__all__ = ["Midas", "reproduce"]
