"""Plumbing of the doors: what every surface needs to read a request and to answer it."""
