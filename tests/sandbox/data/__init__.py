"""Tests of the sandbox's data."""
