"""Quality-control pictures: one of each study, and the page that leafs through those of a run.

``study`` lays a picture out of the spine (``spine``) and its measured bodies (``axial``), which
share the sections, words and frames below them; ``gallery`` writes the page.
"""

from __future__ import annotations

from ctbone.localisation.pictures.gallery import GalleryEntry, write_gallery
from ctbone.localisation.pictures.study import picture

__all__ = ["GalleryEntry", "picture", "write_gallery"]
