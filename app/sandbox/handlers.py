"""Which product answers which operation: the one place where all of them come together."""

from collections.abc import Iterable
from typing import Protocol

from app.sandbox.engine.request import Handler, Handlers
from app.sandbox.products import (
    accounts,
    agent_flows,
    calls,
    compliance,
    conferences,
    lookup,
    masking,
    media,
    messages,
    multiparty,
    numbers,
    participants,
    phlo,
    powerpacks,
    pricing,
    recordings,
    registrations,
    sip_auth,
    streams,
    tokens,
    verified_caller_ids,
    verify,
)


class Product(Protocol):
    """A module of ``products``."""

    __name__: str
    HANDLERS: Handlers


PRODUCTS: tuple[Product, ...] = (
    accounts,
    agent_flows,
    calls,
    compliance,
    conferences,
    lookup,
    masking,
    media,
    messages,
    multiparty,
    numbers,
    participants,
    phlo,
    powerpacks,
    pricing,
    recordings,
    registrations,
    sip_auth,
    streams,
    tokens,
    verified_caller_ids,
    verify,
)
"""Every product with life cycles of its own; the rest is the generic engine's."""


def assemble(products: Iterable[Product] = PRODUCTS) -> Handlers:
    """Return what answers each operation that the generic engine does not.

    Raises:
        ValueError: two products claim the same operation.
    """
    handlers: dict[tuple[str, str], Handler] = {}
    for product in products:
        if claimed := handlers.keys() & product.HANDLERS.keys():
            raise ValueError(f"{product.__name__}: another product answers {sorted(claimed)}")
        handlers |= product.HANDLERS
    return handlers
