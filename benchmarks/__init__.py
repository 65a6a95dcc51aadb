"""Timings against peers; nothing here ships with the package."""
