"""pooling.html: what the tables of every target say, on one page that needs no other file."""

from __future__ import annotations

from ctbone.pooling.page.writing import to_page, write_page

__all__ = ["to_page", "write_page"]
