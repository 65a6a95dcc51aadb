"""How large a vertebral body is and which way it faces, from its mask."""

from __future__ import annotations

from ctbone.morphometry.vertebra import with_morphometry

__all__ = ["with_morphometry"]
