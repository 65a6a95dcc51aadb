"""Opportunistic osteoporosis screening from routine chest and abdominal CT."""

__version__ = "0.1.0"
