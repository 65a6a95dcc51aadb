"""Results as the systems of a hospital read them: DICOM objects and FHIR Observations.

``delivery`` makes what is wanted of a study: ``report`` (with ``groups`` of measurements) the
structured report, ``capture`` the picture, ``document`` the ``page``, ``observation`` the FHIR
Observation; segmentations are those of localisation. ``case`` holds what all of them are of,
``header`` what they say of patient and study, ``codes`` and ``wording`` the terms they share.
"""

from __future__ import annotations

from ctbone.delivery.delivery import Deliver, Deliverable, Delivery

__all__ = ["Deliver", "Deliverable", "Delivery"]
