"""evaluation.html: what was found, on one page that opens and prints from disk."""

from __future__ import annotations

from ctbone.evaluation.page.assembly import PAGE, write_page

__all__ = ["PAGE", "write_page"]
