"""From a PACS export to a volume in Hounsfield units: index, select, read."""

from __future__ import annotations

from ctbone.ingest.attributes import link_key, pseudonym
from ctbone.ingest.catalogue import CATALOGUE
from ctbone.ingest.command import IndexConfig, index
from ctbone.ingest.findings import SeriesRule
from ctbone.ingest.folders import require_folders
from ctbone.ingest.identity import ObjectIdentity, has_preamble, identify
from ctbone.ingest.keys import require_site_key, site_key
from ctbone.ingest.nifti import LabelMap, read_label_map, read_nifti_volume, write_label_map
from ctbone.ingest.places import find_places
from ctbone.ingest.read import read_volume
from ctbone.ingest.select import SeriesVerdict, review_series, select_series
from ctbone.ingest.study import first_readable, read_study
from ctbone.ingest.walk import index_export

__all__ = [
    "CATALOGUE",
    "IndexConfig",
    "LabelMap",
    "ObjectIdentity",
    "SeriesRule",
    "SeriesVerdict",
    "find_places",
    "first_readable",
    "has_preamble",
    "identify",
    "index",
    "index_export",
    "link_key",
    "pseudonym",
    "read_label_map",
    "read_nifti_volume",
    "read_study",
    "read_volume",
    "require_folders",
    "require_site_key",
    "review_series",
    "select_series",
    "site_key",
    "write_label_map",
]
