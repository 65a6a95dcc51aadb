"""Quality-control pictures, one of each study.

``study`` lays a picture out of the spine (``spine``) and its measured bodies (``axial``), which
share the sections, words and frames below them. ``ctbone report`` makes pages of them.
"""

from __future__ import annotations

from ctbone.localisation.pictures.study import picture, picture_png

__all__ = ["picture", "picture_png"]
