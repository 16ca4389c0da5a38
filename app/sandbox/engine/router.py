"""Finds the operation that a path and method name, in a tree of path segments built once at start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.manifest.model import Block
from app.sandbox.engine.paths import is_parameter, segments_of
from app.sandbox.engine.replies import Refusal


@dataclass(frozen=True)
class Operation:
    """One method on one path template; several blocks share it when only ``fixed`` parameters differ.

    Attributes:
        template: the path as in the manifest.
        blocks: those with most fixed parameters first.
    """

    method: str
    template: str
    blocks: tuple[Block, ...]

    def block_for(self, parameters: Mapping[str, Any]) -> Block:
        """Return the block whose fixed parameters were given, the plain one otherwise."""
        for block in self.blocks:
            if all(parameters.get(name) == value for name, value in block.request.fixed.items()):
                return block
        return self.blocks[-1]


@dataclass
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Router:
    """Routes of all blocks that ask Plivo. A trailing slash does not matter; hosts are not looked at."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self._root = _Node()
        self.operations: dict[tuple[str, str], Operation] = {}
        grouped: dict[tuple[str, str], list[Block]] = {}
        for block in blocks.values():
            if block.local:
                continue
            grouped.setdefault((block.request.method, block.request.path), []).append(block)
        for (method, template), group in grouped.items():
            group.sort(key=lambda block: -len(block.request.fixed))
            operation = Operation(method, template, tuple(group))
            self.operations[method, template] = operation
            node = self._root
            for segment in segments_of(template):
                if is_parameter(segment):
                    node.parameter = node.parameter or _Node()
                    node = node.parameter
                else:
                    node = node.literals.setdefault(segment, _Node())
            node.operations[method] = operation

    def find(self, method: str, segments: list[str]) -> tuple[Operation, dict[str, str]]:
        """Return the operation and its path values; a literal segment wins over a parameter.

        Raises:
            Refusal: 404 for an unknown path, 405 for a known one without this method.
        """
        allowed: set[str] = set()
        for node in _leaves(self._root, segments):
            if (operation := node.operations.get(method)) is not None:
                template = segments_of(operation.template)
                values = zip(template, segments, strict=True)
                return operation, {name[1:-1]: value for name, value in values if is_parameter(name)}
            allowed |= set(node.operations)
        if allowed:
            raise Refusal(405, f"method {method} not allowed", {"Allow": ", ".join(sorted(allowed))})
        raise Refusal(404, "resource not found")


def _leaves(node: _Node, segments: list[str]) -> Iterator[_Node]:
    if not segments:
        if node.operations:
            yield node
        return
    head, *rest = segments
    if head in node.literals:
        yield from _leaves(node.literals[head], rest)
    if node.parameter is not None and head:
        yield from _leaves(node.parameter, rest)
