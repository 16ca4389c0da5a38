"""What a manifest can have wrong beyond the form of its objects: names, types, examples, and links between blocks."""

from collections.abc import Iterator, Mapping

from app.datatypes import Shape
from app.datatypes.formats import FORM_FORMATS, FORMATS
from app.datatypes.readers import DATATYPES, reader_for
from app.manifest.common_args import RESERVED_NAMES
from app.manifest.model import Arg, AtLeastOne, Block, Conditional, ExactlyOne, Rule


def problems_of(block: Block) -> Iterator[str]:
    """Yield what is wrong with a block, looked at alone."""
    names = [arg.name for arg in block.args]
    wire_names = [arg.wire_name for arg in block.args] + list(block.request.fixed)
    labels = [arg.label for arg in block.args if arg.label]
    yield from (f"two args are called {name}" for name in _repeated(names))
    yield from (f"two parameters are called {name} on the wire" for name in _repeated(wire_names))
    yield from (f"two args have the label {label}" for label in _repeated(labels))
    if not block.title.strip():
        yield "has no title"
    if not block.keywords or not all(keyword.strip() for keyword in block.keywords):
        yield "needs keywords, none of them empty"
    for name in sorted(RESERVED_NAMES.intersection(names)):
        yield f"{name} is a reserved name"
    for parameter in block.request.path_parameters:
        arg = next((arg for arg in block.args if arg.wire_name == parameter), None)
        if arg is None:
            yield f"no arg fills {{{parameter}}} of the path"
        elif not arg.required:
            yield f"{arg.name} is in the path, so it must be required"
    for arg in block.args:
        yield from (f"{arg.name}: {problem}" for problem in _problems_of_arg(arg))
    for rule in block.rules:
        yield from (f"a rule names {name}, which is no arg" for name in _names_in(rule) if name not in names)


def broken_links(block: Block, blocks: Mapping[str, Block]) -> Iterator[str]:
    """Yield what a block says of other blocks that is not so."""
    for arg in block.args:
        source = arg.options_from
        if source is None:
            continue
        target = blocks.get(source.block)
        if target is None or target.listing is None:
            yield f"{arg.name}: optionsFrom: {source.block} is no list block"
            continue
        item = target.listing.first_item(target.example)
        for field in filter(None, (source.value, source.label)):
            if not isinstance(item, dict) or field not in item:
                yield f"{arg.name}: optionsFrom: an item of {source.block} has no {field}"


def repeated_titles(blocks: Mapping[str, Block]) -> Iterator[tuple[str, str]]:
    """Yield the name of a block and what is wrong with its title: people must be able to tell two blocks apart."""
    first: dict[str, str] = {}
    for name, block in blocks.items():
        other = first.setdefault(block.title.casefold(), name)
        if other != name:
            yield name, f"{other} has the title {block.title} too"


def _problems_of_arg(arg: Arg) -> Iterator[str]:
    shape_problems = list(_problems_of_shape(arg))
    yield from shape_problems
    if arg.required and arg.example is None:
        yield "is required, so it needs an example"
    if arg.example is not None and not shape_problems:
        try:
            reader_for(arg)(arg.example)
        except ValueError as error:
            yield f"its example does not fit: {error}"


def _problems_of_shape(shape: Shape) -> Iterator[str]:
    if shape.type.lower() not in DATATYPES:
        yield f"unknown type {shape.type}"
    if not shape.label.strip():
        yield "has no label"
    elif shape.label == shape.name:
        yield "its label is its name, which tells people nothing new"
    if shape.format is not None and shape.format not in FORMATS and shape.format not in FORM_FORMATS:
        yield f"unknown format {shape.format}"
    if shape.type.lower() == "select" and not shape.options:
        yield "is a Select without options"
    if shape.option_labels:
        labelled, listed = shape.option_labels.keys(), frozenset(shape.options)
        yield from (f"its option {option} has no label" for option in sorted(listed - labelled))
        yield from (f"optionLabels names {option}, which is no option" for option in sorted(labelled - listed))
    if shape.clear is not None and not shape.nullable:
        yield "has clear, but is not nullable"
    for field in shape.structure:
        yield from (f"{field.name}: {problem}" for problem in _problems_of_shape(field))


def _names_in(rule: Rule) -> tuple[str, ...]:
    match rule:
        case ExactlyOne():
            return rule.exactly_one
        case AtLeastOne():
            return rule.at_least_one
        case Conditional():
            return (*rule.when, *rule.require)


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
