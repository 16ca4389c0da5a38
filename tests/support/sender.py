"""One of several processes that send as one service does: ``python -m tests.support.sender``.

For each line that it reads, a :class:`Plan` as JSON, it sends, and says what happened as JSON.
"""

import asyncio
import json
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import uvloop

from app.datatypes.credentials import Credentials
from app.errors import ConnectorError
from app.plivo.client import COMMON_HEADERS
from app.plivo.network import Network
from app.plivo.proven import ProvenPairs
from app.ratelimit import RateLimits, Unlimited
from app.ratelimit import redis as shared_limits
from app.ratelimit.process import ProcessLimits
from app.ratelimit.quotas import Allowance, Bucket
from app.ratelimit.redis import SharedLimits
from app.ratelimit.sqlite import LeasedLimits
from app.storage import open_engine, redis
from app.storage.redis import RedisEngine
from app.storage.sqlite import SqliteEngine
from tests.support.desk import call_of, sender_to

DEADLINE = 60.0


@dataclass(frozen=True)
class Plan:
    """What a process sends.

    Attributes:
        upstream: URL of what stands in for Plivo.
        store: STORE_URL of what all processes share; empty for nothing.
        processes: how many processes share the limits; 0 switches the limits off.
        limit: of every bucket.
        window: seconds.
        bucket: what the requests count as.
        loud: requests that the first account sends at once.
        quiet: requests that the second account sends, one after the other.
    """

    upstream: str
    store: str
    processes: int
    limit: int
    window: float
    bucket: str
    loud: int
    quiet: int

    def limits(self, engine: SqliteEngine | RedisEngine | None) -> RateLimits:
        allowance = Allowance(self.limit, self.limit, self.limit, self.limit, self.window)
        if isinstance(engine, SqliteEngine):
            return LeasedLimits(engine, allowance, processes=self.processes, way=10.0)
        if engine is not None:
            return SharedLimits(engine, allowance, way=10.0)
        return ProcessLimits(allowance.share_of(self.processes), way=10.0) if self.processes else Unlimited()


async def send(plan: Plan) -> Counter[str]:
    engine = open_engine(plan.store) if plan.store else None
    limits = plan.limits(engine)
    outcomes: Counter[str] = Counter()
    options: dict[str, Any] = {"headers": COMMON_HEADERS, "connect_timeout": 5.0, "max_connections": 500, "proxy": None}
    proven = ProvenPairs()
    for account in ("LOUD", "QUIET"):
        proven.add(Credentials(account, "token"))
    async with Network(**options) as network:
        sender = sender_to(network, api_url=plan.upstream, limits=limits, timeout=DEADLINE, proven=proven)

        async def one(account: str) -> None:
            try:
                call = call_of(account, Bucket(plan.bucket))
                await sender.send(call, deadline=asyncio.get_running_loop().time() + DEADLINE)
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
    await limits.aclose()
    if engine is not None:
        await engine.aclose()
    return outcomes


def main() -> None:
    """Do what the plans say."""
    shared_limits.TIMEOUT = redis.TIMEOUT = DEADLINE  # a server on a busy machine is slow, and that is not the subject
    print("ready", flush=True)  # noqa: T201  # the test waits for it
    for line in sys.stdin:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            outcomes = runner.run(send(Plan(**json.loads(line))))
        print(json.dumps(outcomes), flush=True)  # noqa: T201  # the test reads it


if __name__ == "__main__":
    main()
