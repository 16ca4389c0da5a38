"""What a value may be: the datatypes of the marketplace format, and what of them goes on the wire.

A :class:`Shape` says what an arg takes, a reader (:mod:`app.datatypes.readers`) takes it.
"""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Reader = Callable[[Any], Any]
"""Raw value → the value as Plivo gets it; raises ValueError with a reason for the user, which never repeats it."""


class Shape(BaseModel):
    """What a datatype needs to know about one arg, or one field of a structure.

    Attributes:
        label: what a form writes beside it, with the unit where there is one.
        options: what a Select, or an item of a List, may be.
        option_labels: what an option is called, for those whose value does not tell.
        structure: the fields of an object (JSON, Map) or of each item (Array).
        min: smallest number.
        max: largest number.
        join: what joins the items of a List where Plivo wants one text.
        format: name of a text format, see :mod:`app.datatypes.formats`; a Select of countries, languages or voices
            has one for its labels.
        decimal: a Number may have a fraction.
        nullable: null is a value of its own.
        clear: the text that goes out for null, which empties what Plivo keeps; None: JSON null.
        open: values that are not listed pass as well.
        date_only: a Datepicker travels without its time.
        multiple: a File may be several.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    type: str
    label: str = Field(default="", max_length=60)
    info: str = ""
    required: bool = False
    options: tuple[str, ...] = ()
    option_labels: dict[str, str] = Field(default_factory=dict, alias="optionLabels")
    structure: tuple["Shape", ...] = ()
    min: float | None = None
    max: float | None = None
    join: str | None = None
    format: str | None = None
    decimal: bool = False
    nullable: bool = False
    clear: str | None = None
    open: bool = False
    date_only: bool = Field(default=False, alias="dateOnly")
    multiple: bool = False
