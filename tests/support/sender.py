"""One of several processes that send as one service does: ``python -m tests.sender``.

For each line that it reads, a :class:`Plan` as JSON, it sends, and says what happened as JSON.
"""

import asyncio
import json
import sys
from collections import Counter
from dataclasses import dataclass

import uvloop

from app.blocks.sending import Pacer
from app.datatypes.credentials import Credentials
from app.errors import ConnectorError
from app.ratelimit import Limits
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance, Bucket
from tests.support.road import plivo_at, request

DEADLINE = 60.0


@dataclass(frozen=True)
class Plan:
    """What a process sends.

    Attributes:
        upstream: URL of what stands in for Plivo.
        redis: URL of the server that all processes share; empty for none.
        processes: how many processes share the limits where there is no server; 0 switches the limits off.
        limit: of every bucket.
        window: seconds.
        bucket: what the requests count as.
        loud: requests that the first account sends at once.
        quiet: requests that the second account sends, one after the other.
    """

    upstream: str
    redis: str
    processes: int
    limit: int
    window: float
    bucket: str
    loud: int
    quiet: int

    def open_limits(self) -> Limits | None:
        allowance = Allowance(self.limit, self.limit, self.limit, self.window)
        if self.redis:
            from app.ratelimit.redis import SharedLimits  # noqa: PLC0415  # as the service does

            return SharedLimits(self.redis, allowance, way=10.0)
        return ProcessLimits(allowance.share_of(self.processes), way=10.0) if self.processes else None


async def send(plan: Plan) -> Counter[str]:
    limits = plan.open_limits()
    outcomes: Counter[str] = Counter()
    async with plivo_at(plan.upstream, max_connections=500) as plivo:
        pacer = Pacer(plivo, limits, Bucket(plan.bucket))

        async def one(account: str) -> None:
            try:
                await pacer.send(
                    request("POST", f"/v1/Account/{account}/Call/"),
                    Credentials(account, "token"),
                    deadline=asyncio.get_running_loop().time() + DEADLINE,
                )
            except ConnectorError as error:
                outcomes[f"{account} {error.code}"] += 1
            else:
                outcomes[f"{account} sent"] += 1

        async with asyncio.TaskGroup() as all_of_them:
            for _ in range(plan.loud):
                all_of_them.create_task(one("LOUD"))
            for _ in range(plan.quiet):
                await asyncio.sleep(0)
                await one("QUIET")
    if limits is not None:
        await limits.aclose()
    return outcomes


def main() -> None:
    """Do what the plans say."""
    print("ready", flush=True)  # noqa: T201  # the test waits for it
    for line in sys.stdin:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            outcomes = runner.run(send(Plan(**json.loads(line))))
        print(json.dumps(outcomes), flush=True)  # noqa: T201  # the test reads it


if __name__ == "__main__":
    main()
