"""Where studies are screened: in this process, or in others that it watches."""

from __future__ import annotations

from ctbone.screening.engines.here import open_here
from ctbone.screening.engines.limits import Limits
from ctbone.screening.engines.local import open_local

__all__ = ["Limits", "open_here", "open_local"]
