"""What is measured on one group of patients, each measure with its interval and its source."""

from __future__ import annotations
