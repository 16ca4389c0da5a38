"""Path templates: split into segments, told apart from values, and filled in."""

from collections.abc import Mapping

ACCOUNT = "/v1/Account/{auth_id}"
"""What the path templates of almost everything begin with."""


def segments_of(path: str) -> list[str]:
    """Split a path; leading and trailing slashes do not count."""
    return path.strip("/").split("/")


def is_parameter(segment: str) -> bool:
    """Say whether a segment of a template stands for a value."""
    return segment.startswith("{")


def resolve(template: str, values: Mapping[str, str]) -> str:
    """Put values into a path template."""
    segments = (values[segment[1:-1]] if is_parameter(segment) else segment for segment in segments_of(template))
    return "/" + "/".join(segments) + "/"
