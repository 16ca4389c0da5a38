"""Tests of the sandbox's products."""
