"""Pooling of several instances, slices or vertebrae, into one example."""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Hidden units of the attention (Ilse et al., ICML 2018, tables of the appendix).
_HIDDEN = 128


class GatedAttention(nn.Module):
    """Mean of the instances, weighted by a gated attention.

    The weights are ``softmax(w^T (tanh(V h) * sigmoid(U h)))`` over the instances h of a bag
    (Ilse, Tomczak and Welling, ICML 2018, equation 9).

    Args:
        features: Features of an instance.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.content = nn.Linear(features, _HIDDEN)
        self.gate = nn.Linear(features, _HIDDEN)
        # Without a bias, which the softmax would cancel.
        self.score = nn.Linear(_HIDDEN, 1, bias=False)

    def weights(self, instances: Tensor, present: Tensor) -> Tensor:
        """Return how much each instance counts.

        Args:
            instances: Features, shape ``(N, V, F)``.
            present: Which instances there are, shape ``(N, V)``; at least one of each bag.

        Returns:
            Weights that sum to one in each bag, zero where absent, shape ``(N, V)``.
        """
        hidden = torch.tanh(self.content(instances)) * torch.sigmoid(self.gate(instances))
        scores: Tensor = self.score(hidden)[..., 0]
        return scores.masked_fill(~present, -torch.inf).softmax(dim=1)

    def forward(self, instances: Tensor, present: Tensor) -> Tensor:
        """Map ``(N, V, F)`` to ``(N, F)``."""
        return torch.einsum("nv,nvf->nf", self.weights(instances, present), instances)
