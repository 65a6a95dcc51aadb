"""How large a vertebral body is and which way it faces, from its mask."""

from __future__ import annotations

from ctbone.morphometry.vertebra import settle_axes, with_morphometry

__all__ = ["settle_axes", "with_morphometry"]
