"""Tests of app.outcomes."""
