"""The embedded Plivo."""
