"""Random numbers for a batch, one or more to each example or to each scan."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True)
class Draws:
    """Draws from one generator, of which each scan or each example has its own.

    Neighbouring examples can be of one scan: vertebrae of one study. They share what a scan is,
    such as its kernel and its offset, which are drawn evenly between limits, and nothing of what
    is normal: noise, and where a vertebra was found.

    Attributes:
        generator: Where they come from.
        count: Examples of the batch, N.
        device: Where they are wanted.
        a_scan: Examples a scan.
    """

    generator: Generator
    count: int
    device: torch.device
    a_scan: int = 1

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Return numbers between two, alike within a scan, shape ``(N, *shape)``."""
        scans = (self.count // self.a_scan, *shape)
        drawn = torch.rand(scans, generator=self.generator, device=self.generator.device)
        each = drawn.to(self.device).mul_(high - low).add_(low)
        return each.repeat_interleave(self.a_scan, dim=0) if self.a_scan > 1 else each

    def normal(self, *shape: int) -> Tensor:
        """Return standard normal numbers, shape ``(N, *shape)``."""
        drawn = torch.randn(
            (self.count, *shape), generator=self.generator, device=self.generator.device
        )
        return drawn.to(self.device)

    def signs(self) -> Tensor:
        """Return 1 or -1 with equal chances, shape ``(N,)``."""
        return torch.where(self.uniform(0.0, 1.0) < 0.5, -1.0, 1.0)

    def indices(self, choices: int) -> Tensor:
        """Return one of ``choices`` indices for each example, shape ``(N,)``."""
        return self.uniform(0.0, 1.0).mul_(choices).long().clamp_(max=choices - 1)

    def chosen(self, share: float) -> Tensor:
        """Return 1 for about a share of the examples and 0 for the others, shape ``(N,)``."""
        return (self.uniform(0.0, 1.0) < share).float()
