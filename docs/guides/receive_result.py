"""Take what the connector posts to resultUrl, and verify it.

pip install standardwebhooks
RESULT_SECRET=whsec_… python receive_result.py
"""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["RESULT_SECRET"])
seen: set[str] = set()


class Results(BaseHTTPRequestHandler):
    """Answers 204 to what is the connector's, 401 to everything else."""

    def do_POST(self) -> None:
        """Verify a result and show it."""
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            result = webhook.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except WebhookVerificationError:
            self.send_response(401)
        else:
            # The same one comes again where this answer got lost.
            if result["id"] not in seen:
                seen.add(result["id"])
                print(result["type"], result["data"], flush=True)  # noqa: T201  # yours does more with it
            self.send_response(204)
        self.end_headers()


HTTPServer(("", int(os.environ.get("PORT", "8090"))), Results).serve_forever()
