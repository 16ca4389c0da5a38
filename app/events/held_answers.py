"""Subscriptions as holders of answers: of what calls that come in do, and of whatever they took the place of."""

from collections.abc import Iterator
from contextlib import suppress

from app.answers.host import AnswerHost
from app.datatypes.answers import HostedAnswer
from app.events.context import translated_errors
from app.events.subscription import Content
from app.protocol.answers import Steps
from app.storage import StoreError


class HeldAnswers:
    """Sees to it that lasting answers stay as long as a subscription needs them.

    Args:
        answers: hosts them.
    """

    def __init__(self, answers: AnswerHost) -> None:
        self._answers = answers

    async def host(self, steps: Steps) -> str:
        """Give an address to what calls that come in do; whoever needs it must take hold of it.

        Raises:
            NotConfigured: there is none that Plivo could reach.
            StoreUnavailable: it cannot be kept.
        """
        return await self._answers.url_of(HostedAnswer(steps, {}, is_lasting=True))

    async def take(self, subscription_id: str, content: Content) -> None:
        """Let answers stay that a subscription leads to, or has taken the place of and will put back.

        Raises:
            StoreUnavailable: that cannot be noted.
        """
        with translated_errors():
            found = [await self._answers.lasting_at(url) for url in _addresses(content)]
            held = {answer.id: answer for answer in found if answer}
            if held:
                await self._answers.lasting.add(_holder(subscription_id), held)

    async def release(self, subscription_id: str) -> None:
        """Let them go; where that cannot be noted they stay for longer than they need."""
        with suppress(StoreError):
            await self._answers.lasting.release(_holder(subscription_id))


def _addresses(content: Content) -> Iterator[str]:
    if content.answer_url is not None:
        yield content.answer_url
    if content.attached is not None:
        replaced = content.attached.fields.items()
        yield from (before for name, (_, before) in replaced if name.endswith("answer_url"))


def _holder(subscription_id: str) -> str:
    return f"subscription {subscription_id}"
