"""How often Plivo is asked about what it does not tell."""

import pytest

from app.outcomes.watcher import pause_after


@pytest.mark.parametrize(
    ("hours", "is_told", "questions"), [(1, False, 47), (5, False, 59), (1, True, 23), (5, True, 34)]
)
def test_questions_become_rarer(hours: int, is_told: bool, questions: int) -> None:  # noqa: FBT001  # a table's column
    """A message of an hour costs tens of requests, not thousands."""
    moments = [pause_after(0.0, is_told=is_told)]
    while moments[-1] < hours * 3600:
        moments.append(moments[-1] + pause_after(moments[-1], is_told=is_told))
    assert len(moments) == questions
    assert moments[0] == (60.0 if is_told else 2.0)
