"""What training a head minimises: answers and targets in, one number and its parts out.

Examples whose reference result is not known for an answer (NaN) teach that answer nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn import functional

from ctbone.networks import HeadConfig, Task
from ctbone.training.heads.configuration import LossConfig
from ctbone.training.heads.preparing import HeadExample
from ctbone.training.heads.targets import BMD, CATEGORY, DOMAIN, T_SCORE

Parts = dict[str, Tensor]

_CATEGORIES = 3


class HeadLoss:
    """The loss of one head on one cohort.

    Args:
        network: What the head answers.
        config: How answers are weighed.
        targets: Targets of the training examples, shape ``(N, 4)``, from which the weights of
            rare categories follow.
    """

    def __init__(self, network: HeadConfig, config: LossConfig, targets: Tensor) -> None:
        self._network = network
        self._config = config
        self._weights = _category_weights(targets[:, CATEGORY], balanced=config.balanced)

    def __call__(
        self, answers: Tensor, extras: Parts, example: HeadExample
    ) -> tuple[Tensor, Parts]:
        """Compare answers, shape ``(N, K)``, with what the example should have given."""
        loss, parts = _TASKS[self._network.task](self, answers.float(), example.targets)
        for name, answer in extras.items():
            part = self._extra(name, answer.float(), example)
            parts[name] = part.detach()
            weight = self._config.domain_weight if name == "domain" else self._config.body_weight
            loss = loss + weight * part
        return loss, parts

    def density(self, answers: Tensor, targets: Tensor) -> tuple[Tensor, Parts]:
        """Compare mean and log-variance, mg/cm3, with the reference density."""
        loss, error = _likelihood(answers, targets[:, BMD], beta=self._config.beta)
        return loss, {"mae_mg_cm3": error}

    def t_score(self, answers: Tensor, targets: Tensor) -> tuple[Tensor, Parts]:
        """Compare mean and log-variance with the reference T-score."""
        loss, error = _likelihood(answers, targets[:, T_SCORE], beta=self._config.beta)
        return loss, {"mae_t_score": error}

    def category(self, answers: Tensor, targets: Tensor) -> tuple[Tensor, Parts]:
        """Compare three logits with the reference category: cross entropy, or focal loss."""
        answers, wanted = _known(answers, targets[:, CATEGORY])
        wanted = wanted.long()
        entropy = functional.cross_entropy(answers, wanted, reduction="none")
        accuracy = (answers.argmax(dim=1) == wanted).float()
        return self._weighed(entropy, wanted), {"accuracy": _mean(accuracy)}

    def ordinal(self, answers: Tensor, targets: Tensor) -> tuple[Tensor, Parts]:
        """Compare the logits of "at least osteopenia" and "osteoporosis" with the category."""
        answers, wanted = _known(answers, targets[:, CATEGORY])
        reached = torch.stack((wanted >= 1.0, wanted >= 2.0), dim=1).float()
        entropy = functional.binary_cross_entropy_with_logits(answers, reached, reduction="none")
        found = (answers > 0.0).sum(dim=1).float()
        loss = self._weighed(entropy.sum(dim=1), wanted.long())
        return loss, {"accuracy": _mean((found == wanted).float())}

    def binary(self, answers: Tensor, targets: Tensor) -> tuple[Tensor, Parts]:
        """Compare the logit of what a two-way head looks for with the category."""
        answers, wanted = _known(answers, targets[:, CATEGORY])
        least = 2.0 if self._network.positive == "osteoporosis" else 1.0
        positive = (wanted >= least).float()
        entropy = functional.binary_cross_entropy_with_logits(
            answers[:, 0], positive, reduction="none"
        )
        accuracy = ((answers[:, 0] > 0.0).float() == positive).float()
        return self._weighed(entropy, wanted.long()), {"accuracy": _mean(accuracy)}

    def multitask(self, answers: Tensor, targets: Tensor) -> tuple[Tensor, Parts]:
        """Compare density and category together."""
        density, parts = self.density(answers[:, :2], targets)
        category, more = self.category(answers[:, 2:], targets)
        return density + self._config.category_weight * category, parts | more

    def _weighed(self, entropy: Tensor, wanted: Tensor) -> Tensor:
        """Return the mean entropy, by category and by how well it is answered already."""
        weights = self._weights.to(entropy.device)[wanted]
        if self._config.focal_gamma:
            weights = weights * (1.0 - torch.exp(-entropy)).pow(self._config.focal_gamma)
        return _mean(weights * entropy)

    def _extra(self, name: str, answer: Tensor, example: HeadExample) -> Tensor:
        if name == "domain":
            answer, wanted = _known(answer, example.targets[:, DOMAIN])
            return _mean(functional.cross_entropy(answer, wanted.long(), reduction="none"))
        body = example.body
        if body is None:
            raise ValueError("a network that outlines too needs body masks, found none")
        wanted = body if name == "body" else _boundary(body)
        return functional.binary_cross_entropy_with_logits(answer.reshape(wanted.shape), wanted)


_Compare = Callable[[HeadLoss, Tensor, Tensor], tuple[Tensor, Parts]]

_TASKS: Mapping[Task, _Compare] = MappingProxyType(
    {
        "bmd": HeadLoss.density,
        "t_score": HeadLoss.t_score,
        "category": HeadLoss.category,
        "ordinal": HeadLoss.ordinal,
        "binary": HeadLoss.binary,
        "multitask": HeadLoss.multitask,
    }
)


def _likelihood(answers: Tensor, wanted: Tensor, *, beta: float) -> tuple[Tensor, Tensor]:
    """Return the Gaussian negative log-likelihood with its own variance, and the absolute error.

    Each term is weighted by its predicted variance to the power beta, which keeps the mean from
    starving where the network first finds the variance (Seitzer et al., ICLR 2022).
    """
    answers, wanted = _known(answers, wanted)
    mean, log_variance = answers.unbind(dim=1)
    error = wanted - mean
    likelihood = 0.5 * (log_variance + error.square() * torch.exp(-log_variance))
    # The weights mean 1, so that the size of a step does not depend on the unit.
    weight = torch.exp(beta * log_variance).detach()
    weight = weight / weight.mean() if weight.numel() else weight
    return _mean(likelihood * weight), _mean(error.abs()).detach()


def _known(answers: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    known = torch.isfinite(wanted)
    return answers[known], wanted[known]


def _mean(values: Tensor) -> Tensor:
    """Return the mean; 0, with a gradient, of a batch in which nothing is known."""
    return values.mean() if values.numel() else values.sum()


def _category_weights(categories: Tensor, *, balanced: bool) -> Tensor:
    """Return the weight of each category: 1, or such that all weigh the same and mean 1."""
    known = categories[torch.isfinite(categories)].long()
    counts = torch.bincount(known, minlength=_CATEGORIES).float()
    if not balanced or not len(known):
        return torch.ones(_CATEGORIES)
    present = counts > 0.0
    return torch.where(present, len(known) / (present.sum() * counts.clamp(min=1.0)), 1.0)


def _boundary(body: Tensor) -> Tensor:
    """Return the voxels at the surface of a mask, on either side of it."""
    pool = functional.max_pool3d if body.ndim == 5 else functional.max_pool2d
    return pool(body, 3, 1, 1) + pool(-body, 3, 1, 1)
