"""Calls the service through what openapi-python-client makes, and tells what came back."""  # noqa: INP001  # a script

import json
import sys
from base64 import b64encode
from io import BytesIO

from plivo_connector_client import AuthenticatedClient, models
from plivo_connector_client.api.calls import make_call
from plivo_connector_client.api.choices import get_options
from plivo_connector_client.api.health import is_ready
from plivo_connector_client.api.manifest import get_manifest
from plivo_connector_client.api.many_at_once import run_bulk
from plivo_connector_client.api.messages import get_messages, send_message, upload_media
from plivo_connector_client.types import File

ACCOUNT = b64encode(b"MASANDBOX00000000000:sandbox").decode()


def main(url: str) -> None:
    message = models.SendMessageBody(src="14155550100", destination=["14155550123"], text="Hello")
    key = "openapi-python-client"
    with AuthenticatedClient(url, token=ACCOUNT, prefix="Basic") as client:
        sent = send_message.sync(client=client, body=message, idempotency_key=key)
        again = send_message.sync(client=client, body=message, idempotency_key=key)
        lacking = models.SendMessageBody(destination=["14155550123"])
        refused = send_message.sync(client=client, body=lacking)
        listed = get_messages.sync(client=client, body=models.GetMessagesBody(limit=1))
        file = File(BytesIO(b"Hello"), "hello.txt", "text/plain")
        uploaded = upload_media.sync(client=client, body=models.UploadMediaFilesBody(file=[file]))
        call = models.MakeCallBody(
            call_from="14155550100", call_to=["14155550123"], answer_url="https://example.com/answer"
        )
        fired = make_call.sync(client=client, body=call)
        order = models.RunBulkJsonBody.from_dict(
            {"args": {"src": "14155550100", "text": "Hi"}, "items": [{"destination": "14155550123", "ref": "a"}]}
        )
        bulk = run_bulk.sync("sendMessage", client=client, body=order)
        wanted = models.GetOptionsBody(limit=5)
        choices = get_options.sync("makeCall", "answerMethod", client=client, body=wanted)
        ready = is_ready.sync(client=client)
        manifest = get_manifest.sync(client=client, blocks="sendMessage,makeCall")
    told = {
        "sent": len(sent.context_writes.to.message_uuid),
        "repeated": again.context_writes.to.message_uuid == sent.context_writes.to.message_uuid,
        "refused": refused.context_writes.to.status_code,
        "listed": len(listed.context_writes.to.objects),
        "uploaded": len(uploaded.context_writes.to.objects),
        "fired": fired.context_writes.to.message,
        "bulk": [[result.ref, result.callback] for result in bulk.context_writes.to.results],
        "choices": [choice.value for choice in choices.context_writes.to],
        "ready": ready.status,
        "blocks": len(manifest["blocks"]),
    }
    print(json.dumps(told))  # noqa: T201  # the test reads it


main(sys.argv[1])
