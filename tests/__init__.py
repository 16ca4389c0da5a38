"""The tests; each file mirrors a module of ``app`` or names its subject."""
