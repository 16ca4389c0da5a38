"""``python -m app`` with its sandbox, used as people use it: blocks, and orders to the sandbox, over HTTP."""

from pathlib import Path
from typing import Any

from tests.support.process import Process
from tests.support.sandbox_driver import AUTH


class SandboxProcess(Process):
    """A running connector with the embedded Plivo. Use it as a context manager.

    Args:
        directory: where it runs.
        environment: its settings, by the names of the variables.
    """

    def __init__(self, directory: Path, **environment: str) -> None:
        super().__init__(directory, SANDBOX="true", **environment)

    def run(self, block: str, items: list[dict[str, Any]] | None = None, /, **args: Any) -> Any:
        """Call a block, or its bulk with items, as the sandbox's account; it must succeed. Return the reply."""
        body = {"args": args} if items is None else {"args": args, "items": items}
        response = self.http.post(f"/api/Plivo/{block}", json=body, auth=AUTH)
        envelope = response.json()
        assert envelope["callback"] == "success", envelope
        return envelope["contextWrites"]["to"]

    def control(self, path: str, **order: Any) -> Any:
        """Order something of the sandbox, which must take it."""
        response = self.http.post(f"/sandbox/control/{path}", json=order, auth=AUTH)
        assert response.status_code == 200, response.text
        return response.json()

    def timeline(self, uuid: str) -> list[dict[str, Any]]:
        """Return what happened to a call or message."""
        steps: list[dict[str, Any]] = self.http.get(f"/sandbox/control/timeline/{uuid}", auth=AUTH).json()["timeline"]
        return steps

    def steps(self, uuid: str, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until something has happened to a call or message so often, and return all of these."""

        def look() -> list[dict[str, Any]] | None:
            found = [step for step in self.timeline(uuid) if step["step"] == name]
            return found if len(found) >= count else None

        return self.wait_for(look)
