"""Two validators that nobody here wrote: libxml2 (lxml) and xmlschema, each with the generated schema."""

from functools import cache

import xmlschema
from lxml import etree

from app.protocol.xml.schema import schema


def lxml_takes(document: bytes) -> bool:
    """Say whether libxml2 finds a document valid."""
    return bool(_libxml2().validate(etree.fromstring(document)))


def xmlschema_takes(document: bytes) -> bool:
    """Say whether the library xmlschema finds a document valid."""
    return bool(_xmlschema().is_valid(etree.fromstring(document)))


@cache
def _libxml2() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(schema().encode()))


@cache
def _xmlschema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(schema())
