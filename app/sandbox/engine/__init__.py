"""The generic resource engine: whatever Plivo does with every resource alike, and nothing about any one of them.

A request comes in by ``asgi`` (the package's door), is read by ``bodies``, found by ``router``, checked by
``parameters`` and becomes a ``Request``; ``resources`` answers it unless a product does. What there is to answer with
is in ``state``: one ``Table`` of records for each collection.
"""
