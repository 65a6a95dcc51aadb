"""What may make accuracy differ between studies: columns, groups of tables, and numbers."""

from __future__ import annotations
