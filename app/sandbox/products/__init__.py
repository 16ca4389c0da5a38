"""What is particular about a product: one module each, with the ``HANDLERS`` of its operations.

A handler takes the ``Request`` and returns a ``Reply``; what a product has in common with all others it leaves to the
engine's ``resources`` and ``listing``. Lives (``call_life``, ``multiparty_life``) are functions of time: nothing runs.
"""
