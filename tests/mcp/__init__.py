"""Tests of what AI agents use."""
