"""Whole processes: start, stop, crashes, faults."""
