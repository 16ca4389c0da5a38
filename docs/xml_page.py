"""Writes the page on Plivo's XML from the table of its elements: ``make docs``."""

from app.protocol.voices import LANGUAGES, VOICES
from app.protocol.xml.elements import ELEMENTS, ROOT, parents_of
from app.protocol.xml.model import Attribute, ElementSpec


def xml_page() -> str:
    """Return the page: every element with its attributes, and the voices of Speak."""
    contents = ", ".join(f"[{element.name}](#{element.name.lower()})" for element in ELEMENTS.values())
    elements = "\n".join(_element(element) for element in ELEMENTS.values())
    return (
        "# Plivo's XML\n\n"
        "Plivo asks for an XML page when a call is answered, and does what the page says, from top to bottom. "
        "A page holds at most 100 KB, and is there within 15 seconds.\n\n"
        "Names are case-sensitive. An attribute that is not listed here passes with a warning, because Plivo adds "
        "some; an unknown element, a wrong value and wrong nesting are problems. "
        "Made with `make docs`.\n\n"
        f"{contents}\n\n{elements}\n{_voices()}"
    )


def _element(element: ElementSpec) -> str:
    place = "" if element is ROOT else f"As a step: `{element.step}`. Stands in {_names(parents_of(element.name))}. "
    table = ""
    if element.attributes:
        rows = "\n".join(_row(attribute) for attribute in element.attributes)
        table = f"\n| attribute | holds | if left out | |\n|---|---|---|---|\n{rows}\n"
    return f"## {element.name}\n\n{element.says}\n\n{place}{_holds(element)}\n{table}"


def _holds(element: ElementSpec) -> str:
    if element.children:
        children = _names(element.children)
        if element.mixed:
            return f"Holds text, and {children}."
        return f"Holds {children}{', at least one of them' if element.needs_child else ''}; no text."
    return "Is empty." if element.text is None else f"Holds {element.text.describe()}."


def _row(attribute: Attribute) -> str:
    left_out = "required" if attribute.required else f"`{attribute.default}`" if attribute.default else ""
    names = ", ".join(f"`{name}`" for name in (attribute.name, *attribute.aliases))
    steps = ", ".join(f"`{name}`" for name in attribute.step_names)
    says = attribute.says + (f" In steps also {steps}." if steps else "")
    return f"| {names} | {_cell(attribute.value.describe())} | {_cell(left_out)} | {_cell(says)} |"


def _voices() -> str:
    rows = "\n".join(
        f"| `{language}` | {_speakers(language, 'female')} | {_speakers(language, 'male')} |" for language in LANGUAGES
    )
    return (
        "## Voices\n\n"
        "What `voice` and `language` of Speak take. `WOMAN` and `MAN` are Plivo's basic voices; those of Amazon "
        "Polly's speak one language each (Aditi two), and read the elements inside Speak. Plivo may know more.\n\n"
        f"| language | female | male |\n|---|---|---|\n{rows}\n"
    )


def _speakers(language: str, gender: str) -> str:
    return ", ".join(f"`{voice.name}`" for voice in VOICES if (voice.language, voice.gender) == (language, gender))


def _names(names: tuple[str, ...] | list[str]) -> str:
    linked = [f"[{name}](#{name.lower()})" for name in names]
    return linked[0] if len(linked) == 1 else f"{', '.join(linked[:-1])} and {linked[-1]}"


def _cell(text: str) -> str:
    return text.replace("|", "&#124;").replace("<", "&lt;")
