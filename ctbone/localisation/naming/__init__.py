"""Find the row of vertebral bodies in the maps of the coarse network, and name its vertebrae.

Finding (``maps``, ``comb``) and naming (``levels``, ``spines``, ``anchors``) share nothing but the
candidates, so that each can be validated alone. What runs the network is imported from its module,
since it needs a deep-learning stack, which takes seconds to load; what stands here does not.
"""

from __future__ import annotations

from ctbone.localisation.naming.candidates import Candidate, DecodeConfig
from ctbone.localisation.naming.levels import Reading, read_levels

__all__ = ["Candidate", "DecodeConfig", "Reading", "read_levels"]
