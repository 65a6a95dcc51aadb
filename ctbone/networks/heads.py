"""Heads: a backbone, pooling over instances where there are several, and the answer to a task.

One input contract, float tensors ``(N, C, [D,] H, W)``, or ``(N, V, C, [D,] H, W)`` for bags of V
instances, slices or vertebrae, that attention pools; one output contract, the columns of
``ctbone.networks.tasks``.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from ctbone.networks.answers import MultitaskAnswer, ScaledAnswer, build_answer
from ctbone.networks.attention import GatedAttention
from ctbone.networks.backbones import BackboneConfig, build_backbone, least_side
from ctbone.networks.configuration import HeadConfig
from ctbone.networks.core import CoreMean
from ctbone.networks.domains import DomainClassifier
from ctbone.networks.tasks import Extra

_SPACE = {2: "H, W", 3: "D, H, W"}


class Head(nn.Module):
    """A backbone and the answer to a task.

    Args:
        config: Which.
    """

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = build_backbone(
            config.backbone,
            BackboneConfig(
                dimensions=config.dimensions,
                in_channels=config.in_channels,
                width=config.width,
                checkpointing=config.checkpointing,
            ),
        )
        self.core = CoreMean(config.core_voxels) if config.core_voxels else None
        features = self.backbone.features + bool(config.core_voxels)
        self.attention = GatedAttention(features) if config.pooling == "attention" else None
        self.dropout = nn.Dropout(config.dropout)
        self.answer = build_answer(config.task, features)
        self.domain = DomainClassifier(features, config.domains) if config.domains else None

    @property
    def extras(self) -> tuple[Extra, ...]:
        """What ``with_extras`` gives beside the answer."""
        return (*self.backbone.extras, "domain") if self.domain else self.backbone.extras

    def set_scale(self, *, centre: float, scale: float) -> None:
        """Set mean and standard deviation of the reference in the training cohort.

        Raises:
            ValueError: If the task answers in no unit, the centre is not finite, or the scale not
                finite and positive.
        """
        if not isinstance(self.answer, ScaledAnswer | MultitaskAnswer):
            raise ValueError(f"the task {self.config.task} has no scale")  # noqa: TRY004
        self.answer.set_scale(centre=centre, scale=scale)

    def begin_as_line(self, *, slope: float, intercept: float, sd: float) -> None:
        """Begin as a line of the mean attenuation inside the body, for fitting to correct.

        Args:
            slope: Units of the reference per unit of ``core``.
            intercept: Of the line, in the reference's own unit.
            sd: Standard deviation about it, in the reference's own unit, above 0.

        Raises:
            ValueError: If the head has no such mean, or the task no scale.
        """
        if self.core is None or not isinstance(self.answer, ScaledAnswer | MultitaskAnswer):
            found = f"core_voxels {self.config.core_voxels} and task {self.config.task}"
            raise ValueError(f"a line needs core_voxels and a task with a scale, got {found}")
        self.answer.begin_as_line(
            feature=self.backbone.features, slope=slope, intercept=intercept, sd=sd
        )

    def forward(self, inputs: Tensor, present: Tensor | None = None) -> Tensor:
        """Answer each example.

        Args:
            inputs: Shape ``(N, C, [D,] H, W)``, or ``(N, V, C, [D,] H, W)`` with attention.
            present: Which instances of a bag there are, shape ``(N, V)``; by default all. What
                stands in the place of an absent one does not matter.

        Returns:
            The columns of the task, float32, shape ``(N, K)``.

        Raises:
            ValueError: If a shape is another, or a bag is empty.
        """
        return self._answer(self._encode(inputs, present)[0])

    def with_extras(
        self, inputs: Tensor, present: Tensor | None = None
    ) -> tuple[Tensor, dict[Extra, Tensor]]:
        """Return what ``forward`` does, and the extras that ``HasExtras`` describes.

        Raises:
            ValueError: If a shape is another, or a bag is empty.
        """
        features, extras = self._encode(inputs, present)
        if self.domain is not None:
            with _exact(features):
                extras["domain"] = self.domain(features.float())
        return self._answer(features), extras

    def _answer(self, features: Tensor) -> Tensor:
        # Never in bfloat16, whose three digits are too few for a density.
        with _exact(features):
            exact, learnt = features.float(), self.backbone.features
            exact = torch.cat((self.dropout(exact[:, :learnt]), exact[:, learnt:]), dim=1)
            columns: Tensor = self.answer(exact)
        return columns

    def _features(self, images: Tensor) -> tuple[Tensor, dict[Extra, Tensor]]:
        features, extras = self.backbone.encode(images)
        if self.core is None:
            return features, extras
        with _exact(features):
            return torch.cat((features.float(), self.core(images)), dim=1), extras

    def _encode(
        self, inputs: Tensor, present: Tensor | None
    ) -> tuple[Tensor, dict[Extra, Tensor]]:
        """Return features ``(N, F)``, pooled where there are bags, and extras."""
        self._check(inputs, present)
        if self.attention is None:
            return self._features(inputs)
        bags = inputs.shape[:2]
        if present is None:
            present = torch.ones(bags, dtype=torch.bool, device=inputs.device)
            features, extras = self._features(inputs.flatten(0, 1))
        else:
            features, extras = self._encode_present(inputs.flatten(0, 1), present.flatten())
        with _exact(features):
            pooled: Tensor = self.attention(features.float().reshape(*bags, -1), present)
        return pooled, {name: x.reshape(*bags, *x.shape[1:]) for name, x in extras.items()}

    def _encode_present(
        self, instances: Tensor, present: Tensor
    ) -> tuple[Tensor, dict[Extra, Tensor]]:
        """Encode those that there are, and no other: not even for a normalisation's statistics."""
        places = present.nonzero()[:, 0]
        features, extras = self._features(instances[places])
        spread = {name: _spread(x, places, len(present)) for name, x in extras.items()}
        return _spread(features, places, len(present)), spread

    def _check(self, inputs: Tensor, present: Tensor | None) -> None:
        config = self.config
        bags = self.attention is not None
        sides = tuple(inputs.shape[2 + bags :])
        least = least_side(config.backbone)
        fits = inputs.ndim == 2 + bags + config.dimensions
        if not fits or inputs.shape[1 + bags] != config.in_channels or min(sides) < least:
            axes = f"(N, {'V, ' * bags}{config.in_channels}, {_SPACE[config.dimensions]})"
            found = tuple(inputs.shape)
            raise ValueError(f"expected inputs {axes} of at least {least} a side, found {found}")
        if present is not None:
            _check_present(present, inputs, bags=bags)


def build_head(config: HeadConfig) -> Head:
    """Build a head with fresh weights, drawn from torch's global generator.

    No file is read: ``load_pretrained`` gives a fresh head the weights that the configuration
    names, which a head that is read from its model folder does not need.
    """
    return Head(config)


def _check_present(present: Tensor, inputs: Tensor, *, bags: bool) -> None:
    if not bags:
        raise ValueError("expected no mask of instances without pooling by attention, found one")
    if present.dtype != torch.bool or present.shape != inputs.shape[:2]:
        found = f"{present.dtype} {tuple(present.shape)}"
        raise ValueError(f"expected a mask bool {tuple(inputs.shape[:2])}, found {found}")
    # A compiled network leaves its graph to look.
    if not torch.compiler.is_compiling() and not bool(present.any(dim=1).all()):
        raise ValueError("expected at least one instance present in each bag, found a bag of none")


def _exact(features: Tensor) -> AbstractContextManager[object]:
    device = features.device.type
    known = torch.amp.is_autocast_available(device)
    return torch.autocast(device, enabled=False) if known else nullcontext()


def _spread(found: Tensor, places: Tensor, count: int) -> Tensor:
    """Return rows in their places among ``count``, and zeros elsewhere."""
    return found.new_zeros(count, *found.shape[1:]).index_copy(0, places, found)
