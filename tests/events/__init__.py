"""Tests of app.events."""
