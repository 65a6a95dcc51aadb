"""The files of an evaluation: JSON, and a CSV file for each table."""

from __future__ import annotations
