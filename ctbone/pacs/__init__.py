"""Exchange with an archive: objects in and out, by DIMSE and DICOMweb."""

from __future__ import annotations

from ctbone.pacs.fetch import fetch
from ctbone.pacs.fetching import FetchConfig
from ctbone.pacs.receive import receive
from ctbone.pacs.receiving import ReceiveConfig
from ctbone.pacs.send import send
from ctbone.pacs.sending import SendConfig

__all__ = ["FetchConfig", "ReceiveConfig", "SendConfig", "fetch", "receive", "send"]
