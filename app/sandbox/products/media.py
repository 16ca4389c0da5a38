"""Media: files are uploaded (name, type and size are kept), listed, shown, and sent with messages."""

from app.sandbox.engine import resources
from app.sandbox.engine.bodies import Uploaded
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Json, Refusal, Reply
from app.sandbox.engine.request import Handlers, Request

MOST_FILES = 10
MOST_BYTES = 2 * 1024 * 1024
"""Plivo's limits of one upload: files in it, bytes of each."""

COLLECTION = ACCOUNT + "/Media/"


def _upload(request: Request) -> Reply:
    files = request.parameters["file"]
    if len(files) > MOST_FILES:
        raise Refusal(400, f"no more than {MOST_FILES} files can be uploaded at once")
    return request.answer(201, objects=[_store(request, file) for file in files])


def _store(request: Request, file: Uploaded) -> Json:
    """Keep a file and return what the reply says of it: each has a status of its own."""
    example: Json = request.example()["objects"][0]
    about = {"content_type": file.content_type, "file_name": file.name, "size": file.size}
    if file.size > MOST_BYTES:
        nothing = dict.fromkeys(example)
        return {**nothing, **about, "status": "failed", "status_code": 413}
    media_id, record = resources.add(request, request.catalog.resources[COLLECTION])
    record.fields.update(about, message_uuid="")
    item = resources.view(request, request.catalog.resources[COLLECTION], media_id, record)
    return {**example, **{name: value for name, value in item.items() if name in example}}


HANDLERS: Handlers = {("POST", COLLECTION): _upload}
