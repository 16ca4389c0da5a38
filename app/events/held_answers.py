"""Subscriptions as holders of answers: of what calls that come in do, and of whatever they took the place of."""

from collections.abc import Iterator
from contextlib import suppress

from app.answers.host import AnswerHost
from app.datatypes.answers import HostedAnswer
from app.events.context import translated_errors
from app.events.subscription import Attachment, Content
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
            found = [await self._answers.lasting_at(url) for url in _addresses(content.answer_url, content.attached)]
            held = {answer.id: answer for answer in found if answer}
            if held:
                await self._answers.lasting.add(_holder(subscription_id), held)

    async def release(self, subscription_id: str) -> None:
        """Let them go; where that cannot be noted they stay for longer than they need."""
        with suppress(StoreError):
            await self._answers.lasting.release(_holder(subscription_id))


def _addresses(answer_url: str | None, attached: Attachment | None) -> Iterator[str]:
    if answer_url is not None:
        yield answer_url
    if attached is not None:
        yield from (before for name, (_, before) in attached.fields.items() if name.endswith("answer_url"))


def _holder(subscription_id: str) -> str:
    return f"subscription {subscription_id}"
