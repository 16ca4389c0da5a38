"""The plumbing of the doors."""
