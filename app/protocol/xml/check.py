"""Finds what is wrong with a document, by path."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from app.protocol.voices import DEFAULT_VOICE, POLLY, languages_of, voices_for
from app.protocol.xml.characters import shortened, stripped
from app.protocol.xml.document import MAX_BYTES, Element, XmlError, parse, render
from app.protocol.xml.elements import ELEMENTS, ROOT, parents_of
from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.values import nearest

MAX_FINDINGS = 100
"""Problems, and warnings, that are named; a document that is wrong throughout shall not cost more."""

_POLLY_CHARACTERS = 3000
_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
# What other services call it.
_ELSEWHERE = {
    "AudioStream": "Stream", "Client": "User", "Collect": "GetInput", "Gather": "GetInput", "Pause": "Wait",
    "Prompt": "Speak", "Reject": "Hangup", "Say": "Speak", "SendDigits": "DTMF", "Sip": "User", "Sms": "Message",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check has found.

    Attributes:
        problems: what Plivo would refuse or ignore, as ``Response / Dial / Number: …``.
        warnings: what passes and may be a mistake.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def check(document: bytes | str | Element) -> Findings:
    """Find every problem of a document, given as XML or as a tree.

    Unknown attributes pass with a warning, because Plivo adds some; unknown elements, wrong values and wrong
    nesting do not.
    """
    try:
        if isinstance(document, Element):
            root, length = document, len(render(document))
            if length > MAX_BYTES:
                raise XmlError(f"has {length:,} bytes; Plivo reads {MAX_BYTES:,} at most")
        else:
            root = parse(document)
    except ValueError as error:
        return Findings([str(error)])
    checker = _Checker()
    checker.check_root(root)
    return checker.findings


class _Checker:
    def __init__(self) -> None:
        self.findings = Findings()

    def check_root(self, root: Element) -> None:
        if root.name != ROOT.name:
            why = self._stranger(root.name) if root.name not in ELEMENTS else f"must stand inside {ROOT.name}"
            self._problem(_local(root.name), f"{why}; a document is one {ROOT.name}")
            return
        self._check(root, ROOT, ROOT.name)

    def _check(self, element: Element, spec: ElementSpec, path: str) -> None:
        if self._full():
            return
        self._check_attributes(element, spec, path)
        self._check_text(element, spec, path)
        for child, child_path in _paths(element, path):
            known = ELEMENTS.get(child.name)
            if known is None:
                self._problem(child_path, self._stranger(child.name))
            elif child.name not in spec.children:
                places = " or ".join(parents_of(child.name)) or "no other element"
                self._problem(child_path, f"may not stand in {spec.name}; it stands in {places}")
            else:
                self._check(child, known, child_path)
            if self._full():
                return
        if spec.needs_child and not element.children:
            self._problem(path, f"needs a {' or '.join(spec.children)} in it")
        self._warn(path, lambda: _advice(element))

    def _check_attributes(self, element: Element, spec: ElementSpec, path: str) -> None:
        given = set()
        for name, value in element.attributes.items():
            known = spec.attribute(name)
            if known is None:
                self._check_unknown(name, spec, path)
                continue
            if known.name in given:
                self._problem(path, f"attribute {name} gives {known.name} again: give it once")
            given.add(known.name)
            reason = known.value.problem(value)
            if reason is not None:
                self._problem(path, f"attribute {name} {reason}")
            else:
                self._warn(path, partial(_doubts, known, value))
        missing = [known for known in spec.attributes if known.name not in given]
        for known in missing:
            if known.required:
                self._problem(path, _missing(known))
        self._warn(path, lambda: [_missing(known) for known in missing if known.advised])

    def _check_unknown(self, name: str, spec: ElementSpec, path: str) -> None:
        if name == _SCHEMA_LOCATION:
            self._warn(path, lambda: ["names its schema, which is of no use to Plivo"])
        elif name == "xmlns" or ":" in name or name.startswith("{"):
            self._problem(path, f"attribute {_local(name)} has a namespace; Plivo's attributes have none: remove it")
        else:
            self._warn(path, lambda: [f"attribute {shortened(name)} {spec.unknown(name)}"])

    def _check_text(self, element: Element, spec: ElementSpec, path: str) -> None:
        text = stripped(element.text)
        if spec.text is None:
            if text:
                place = next((f"put it into {child}" for child in spec.children if ELEMENTS[child].text), "remove it")
                self._problem(path, f"has the text {shortened(text, 32)!r}, but it takes none: {place}")
        elif not spec.mixed:
            reason = spec.text.problem(text)
            if reason is not None:
                self._problem(path, f"its text {reason}")

    def _stranger(self, name: str) -> str:
        if name.startswith("{"):
            return "has a namespace; Plivo's elements have none: remove xmlns"
        near = nearest(name, [*ELEMENTS, *_ELSEWHERE])
        return "is not an element of Plivo's XML" + (f"; did you mean {_ELSEWHERE.get(near, near)}?" if near else "")

    def _full(self) -> bool:
        return len(self.findings.problems) > MAX_FINDINGS

    def _problem(self, path: str, reason: str) -> None:
        _add(self.findings.problems, f"{path}: {reason}")

    def _warn(self, path: str, reasons: Callable[[], Iterable[str]]) -> None:
        """Add warnings, which are worked out only while there is room for them: guessing names takes time."""
        if len(self.findings.warnings) <= MAX_FINDINGS:
            for reason in reasons():
                _add(self.findings.warnings, f"{path}: {reason}")


def _add(findings: list[str], finding: str) -> None:
    if len(findings) < MAX_FINDINGS:
        findings.append(finding)
    elif len(findings) == MAX_FINDINGS:
        findings.append("and more")


def _local(name: str) -> str:
    return shortened(name.rpartition("}")[2])


def _missing(attribute: Attribute) -> str:
    return f"attribute {attribute.name} is missing: {attribute.says}"


def _doubts(attribute: Attribute, value: str) -> list[str]:
    warning = attribute.value.warning(value)
    return [f"attribute {attribute.name} {warning}"] if warning else []


def _paths(element: Element, path: str) -> Iterator[tuple[Element, str]]:
    """Yield each child with its path, counted where several have one name."""
    children = element.children
    if not children:
        return
    times = Counter(child.name for child in children)
    seen: Counter[str] = Counter()
    for child in children:
        seen[child.name] += 1
        yield child, f"{path} / {_local(child.name)}" + (f"[{seen[child.name]}]" if times[child.name] > 1 else "")


def _advice(element: Element) -> Iterator[str]:
    match element.name:
        case "Speak":
            yield from _advice_on_speech(element)
        case "Stream" if element.attributes.get("bidirectional") == "true":
            if element.attributes.get("audioTrack") in {"outbound", "both"}:
                yield "a stream in both directions has audioTrack inbound"


def _advice_on_speech(speak: Element) -> Iterator[str]:
    voice, language = speak.attributes.get("voice", DEFAULT_VOICE), speak.attributes.get("language")
    is_polly = voice.startswith(POLLY)
    if not speak.children and not stripped(speak.text):
        yield "has nothing to say"
    if speak.children and not is_polly:
        yield "elements in it are read by Polly's voices only: give one, such as Polly.Joanna"
    if is_polly and len(speak.text) > _POLLY_CHARACTERS:
        yield f"Polly reads {_POLLY_CHARACTERS:,} characters at most"
    speaks = languages_of(voice)
    if language is not None and speaks and language not in speaks and voices_for(language):
        yield f"{voice} does not speak {language}; {', '.join(voices_for(language))} do"
