"""Answer layers: features ``(N, F)`` in, the columns of a task ``(N, K)`` out."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from ctbone.networks.tasks import OUTPUTS, Task

#: Least standard deviation that a head can claim, in units of the cohort's spread: about 2 mg/cm3,
#: the precision of the reference itself (RMS-SD of asynchronous QCT 0.5 to 0.9, accuracy 1.4 to
#: 6.7 %; Wang, Sci Rep 2017). Without it one lucky batch makes the likelihood explode.
_LEAST_SD = 0.05

#: Greatest log-variance in those units, so that one wild patch cannot overflow.
_MOST_LOG_VARIANCE = 6.0


class ScaledAnswer(nn.Module):
    """A mean and its log-variance in the reference's own unit; the scale travels with the weights.

    Args:
        features: Features of an example.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.linear = _linear(features, 2)
        self.register_buffer("centre", torch.tensor(0.0))
        self.register_buffer("scale", torch.tensor(1.0))

    def set_scale(self, *, centre: float, scale: float) -> None:
        """Set mean and standard deviation of the reference in the training cohort.

        Raises:
            ValueError: If the centre is not finite or the scale not finite and positive.
        """
        if not math.isfinite(centre):
            raise ValueError(f"centre must be finite, got {centre}")
        if not 0.0 < scale < math.inf:
            raise ValueError(f"scale must be positive, got {scale}")
        self.centre.fill_(centre)
        self.scale.fill_(scale)

    @torch.no_grad()
    def begin_as_line(self, *, feature: int, slope: float, intercept: float, sd: float) -> None:
        """Make the mean a line of one feature, and the others count for nothing yet.

        Args:
            feature: Which.
            slope: Units of the reference per unit of the feature.
            intercept: Where the feature is 0, in the reference's own unit.
            sd: Standard deviation about the line, in the reference's own unit, above 0.
        """
        scale = float(self.scale)
        self.linear.weight.zero_()
        self.linear.weight[0, feature] = slope / scale
        self.linear.bias[0] = (intercept - float(self.centre)) / scale
        self.linear.bias[1] = 2.0 * math.log(max(sd / scale, _LEAST_SD))

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(N, F)`` to ``(N, 2)``: mean and log-variance."""
        return self.to_units(self.linear(features))

    def to_units(self, standard: Tensor) -> Tensor:
        """Turn ``(N, 2)`` in units of the cohort's spread into the reference's own."""
        mean, log_variance = standard.unbind(dim=1)
        mean = self.centre + self.scale * mean
        least = torch.full_like(log_variance, 2.0 * math.log(_LEAST_SD))
        log_variance = torch.logaddexp(log_variance.clamp(max=_MOST_LOG_VARIANCE), least)
        log_variance = log_variance + 2.0 * self.scale.log()
        return torch.stack((mean, log_variance), dim=1)


class OrdinalAnswer(nn.Module):
    """Two cuts through one score: the proportional-odds model.

    One weight vector for all cuts (McCullagh, J R Stat Soc B 1980;42:109; in networks Cao et al.,
    Pattern Recognit Lett 2020;140:325). The step between the cuts is positive by construction,
    and not only at the optimum, so that no row can contradict itself.

    Args:
        features: Features of an example.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.score = _linear(features, 1)
        # A step of one logit to begin with.
        self.step = nn.Parameter(torch.tensor(math.log(math.e - 1.0)))

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(N, F)`` to ``(N, 2)``: logits of at least osteopenia, and of osteoporosis."""
        upper = self.score(features)
        return torch.cat((upper, upper - functional.softplus(self.step)), dim=1)


class MultitaskAnswer(nn.Module):
    """A density and a category from the same features.

    Args:
        features: Features of an example.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.density = ScaledAnswer(features)
        self.category = _linear(features, OUTPUTS["category"])

    def set_scale(self, *, centre: float, scale: float) -> None:
        """Set mean and standard deviation of the density in the training cohort."""
        self.density.set_scale(centre=centre, scale=scale)

    def begin_as_line(self, *, feature: int, slope: float, intercept: float, sd: float) -> None:
        """Make the density a line of one feature, as ``ScaledAnswer`` does."""
        self.density.begin_as_line(feature=feature, slope=slope, intercept=intercept, sd=sd)

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(N, F)`` to ``(N, 5)``."""
        return torch.cat((self.density(features), self.category(features)), dim=1)


Answer = ScaledAnswer | OrdinalAnswer | MultitaskAnswer | nn.Linear


def build_answer(task: Task, features: int) -> Answer:
    """Build the last layer of a head."""
    match task:
        case "bmd" | "t_score":
            return ScaledAnswer(features)
        case "ordinal":
            return OrdinalAnswer(features)
        case "multitask":
            return MultitaskAnswer(features)
        case "category" | "binary":
            return _linear(features, OUTPUTS[task])


def _linear(features: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(features, outputs)
    nn.init.zeros_(layer.bias)
    return layer
