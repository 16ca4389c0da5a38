"""Plivo for low-code platforms: one POST block per Plivo operation."""

__version__ = "1.0.0"
