"""From a batch of patches to what a head sees: varied and turned to inputs on the device."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from ctbone.patches import InputConfig, to_bags, to_inputs
from ctbone.training.augmentation import augment
from ctbone.training.heads.configuration import HeadTraining


class PatchBatch(NamedTuple):
    """Some examples as they lie on disk; V vertebrae of one scan an example.

    Attributes:
        hu: Attenuation, Hounsfield units, shape ``(N, V, L, P, S)``.
        inside: Whether a voxel belongs to the body, same shape, bool.
        present: Whether a vertebra is there at all, shape ``(N, V)``, bool.
        targets: Reference results, shape ``(N, 4)``.
    """

    hu: Tensor
    inside: Tensor
    present: Tensor
    targets: Tensor

    def by_vertebra(self) -> PatchBatch:
        """Return each vertebra that there is as an example of its own."""
        hu, inside = self.hu[self.present], self.inside[self.present]
        targets = self.targets[self.present.nonzero()[:, 0]]
        return PatchBatch(hu[:, None], inside[:, None], self.present.new_ones(len(hu), 1), targets)


class HeadExample(NamedTuple):
    """Some examples as a head sees them.

    Attributes:
        inputs: Shape ``(N, [V,] C, [D,] H, W)``.
        present: Which instances are there, shape ``(N, V)``; ``None`` without instances.
        targets: Reference results, shape ``(N, 4)``.
        body: Share of a voxel inside the body, one image an instance, shape ``(N * V, 1, [D,] H,
            W)``; ``None`` unless the head outlines too.
    """

    inputs: Tensor
    present: Tensor | None
    targets: Tensor
    body: Tensor | None


class Preparation:
    """Turns batches of patches into examples of one head.

    Args:
        config: How patches are varied and what the head sees of them.
        spacing_mm: Of the patches, along left, posterior and superior.
        with_body: Whether the head outlines the body too.
    """

    def __init__(
        self,
        config: HeadTraining,
        *,
        spacing_mm: tuple[float, float, float],
        with_body: bool = False,
    ) -> None:
        self._config = config
        self._spacing_mm = spacing_mm
        self._with_body = with_body

    @torch.no_grad()
    def __call__(self, batch: PatchBatch, *, generator: torch.Generator | None) -> HeadExample:
        """Prepare a batch; varied where a generator is given."""
        if generator is not None:
            batch = self.vary(batch, generator)
        hu, inside = batch.hu.flatten(0, 1), batch.inside.flatten(0, 1)
        inputs = to_inputs(hu, inside, config=self._config.input)
        body = _body(inside, self._config.input) if self._with_body else None
        if not self._config.input.is_bag:
            return HeadExample(inputs, None, batch.targets, body)
        bags, present = to_bags(inputs, batch.present, config=self._config.input)
        return HeadExample(bags, present, batch.targets, body)

    @torch.no_grad()
    def vary(self, batch: PatchBatch, generator: torch.Generator) -> PatchBatch:
        """Return a batch as other scans of the same patients might have shown it."""
        hu, inside = augment(
            batch.hu.flatten(0, 1),
            batch.inside.flatten(0, 1),
            config=self._config.augmentation,
            spacing_mm=self._spacing_mm,
            generator=generator,
            a_scan=batch.hu.shape[1],
        )
        shape = batch.hu.shape
        return batch._replace(hu=hu.reshape(shape), inside=inside.reshape(shape))


def _body(inside: Tensor, config: InputConfig) -> Tensor:
    """Return the planes of the body mask, as the inputs have them."""
    plain = replace(
        config, window_hu=(0.0, 1.0), mask_channel=False, muscle_channel=False, only_body=False
    )
    planes = to_inputs(inside.float(), inside, config=plain)
    return planes.flatten(0, 1) if config.stack == "bag" else planes
