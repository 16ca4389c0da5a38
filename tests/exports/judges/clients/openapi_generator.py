"""Calls the service through what openapi-generator makes for Python, and tells what came back."""  # noqa: INP001  # a script

import json

import openapi_client as api

ACCOUNT = api.Configuration(username="MASANDBOX00000000000", password="sandbox")


def main() -> None:
    message = api.SendMessageRequest(src="14155550100", destination=["14155550123"], text="Hello")
    with api.ApiClient(ACCOUNT) as client:
        messages = api.MessagesApi(client)
        sent = messages.send_message(message, idempotency_key="openapi-generator").actual_instance
        again = messages.send_message(message, idempotency_key="openapi-generator").actual_instance
        refused = messages.send_message(api.SendMessageRequest(destination=["14155550123"])).actual_instance
        listed = messages.get_messages(api.GetMessagesRequest(limit=1)).actual_instance
        # Of two content types it would take JSON, which a file does not fit into.
        form = "multipart/form-data"
        uploaded = messages.upload_media([("hello.txt", b"Hello")], _content_type=form).actual_instance
        call = api.MakeCallRequest(
            callFrom="14155550100", callTo=["14155550123"], answerUrl="https://example.com/answer"
        )
        fired = api.CallsApi(client).make_call(call).actual_instance
        items = [{"destination": "14155550123", "ref": "a"}]
        order = api.RunBulkRequest(args={"src": "14155550100", "text": "Hi"}, items=items)
        bulk = api.ManyAtOnceApi(client).run_bulk("sendMessage", order).actual_instance
        wanted = api.GetOptionsRequest(limit=5)
        choices = api.ChoicesApi(client).get_options("makeCall", "answerMethod", wanted).actual_instance
        ready = api.HealthApi(client).is_ready()
        manifest = api.ManifestApi(client).get_manifest(blocks="sendMessage,makeCall")
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


main()
