"""Tests of the manifest in other formats."""
