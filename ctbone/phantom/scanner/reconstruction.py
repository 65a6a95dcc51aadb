"""What a scanner stores of a body: the configuration, and the last step.

The chain is in ``chain``; each of its parts has a module of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctbone.phantom.scanner.configuration import Kernel, ScanConfig

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["EXTENDED_RANGE_HU", "RANGE_HU", "Kernel", "ScanConfig", "stored"]

#: Smallest and largest value of a 12-bit scanner, and of one with an extended range for metal.
RANGE_HU = (-1024.0, 3071.0)
EXTENDED_RANGE_HU = (-10240.0, 30710.0)


def stored(hu: Tensor, scan: ScanConfig) -> Tensor:
    """Round and clip to what the scanner stores, int16; unchanged where it keeps everything."""
    import torch

    if not scan.integer:
        return hu
    low, high = EXTENDED_RANGE_HU if scan.extended_range else RANGE_HU
    return hu.clamp(low, high).round_().to(torch.int16)
