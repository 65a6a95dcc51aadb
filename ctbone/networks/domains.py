"""Telling domains apart, so that the features cannot: adversarial domain classification."""

from __future__ import annotations

from torch import Tensor, nn

_HIDDEN = 128


def reverse_gradient(features: Tensor) -> Tensor:
    """Return the features as they are, through which gradients pass with the other sign.

    Ganin and Lempitsky, ICML 2015. The weight of the domain loss sets the strength.
    """
    # Twice a float less the float is the float, exactly.
    return 2.0 * features.detach() - features


class DomainClassifier(nn.Module):
    """Name the scanner, site or dose of an example, while the features unlearn it.

    Args:
        features: Features of an example.
        domains: Number of domains.
    """

    def __init__(self, features: int, domains: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, domains)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(N, F)`` to logits ``(N, domains)``."""
        logits: Tensor = self.layers(reverse_gradient(features))
        return logits
