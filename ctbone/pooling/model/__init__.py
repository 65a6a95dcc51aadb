"""The bivariate random-effects model: its likelihood, its fits, and what a fit implies."""

from __future__ import annotations
