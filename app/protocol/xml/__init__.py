"""Plivo's XML: what a call does, written down.

``elements`` is the one table; ``values`` says what attributes and texts may hold, ``document`` writes and reads,
``check`` finds what is wrong, ``schema`` makes the XML Schema.
"""
