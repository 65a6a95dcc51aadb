"""Where studies are screened: in this process, in others that it watches, or on a cluster."""

from __future__ import annotations

from ctbone.screening.engines.cluster import open_dask
from ctbone.screening.engines.here import open_here
from ctbone.screening.engines.limits import Limits
from ctbone.screening.engines.local import open_local

__all__ = ["Limits", "open_dask", "open_here", "open_local"]
