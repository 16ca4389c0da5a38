"""Plivo for low-code platforms: one POST block per Plivo operation."""

__version__ = "1.0.0"

USER_AGENT = f"plivo-connector/{__version__}"
"""What the service calls itself, to Plivo and to whoever else it makes requests to."""
