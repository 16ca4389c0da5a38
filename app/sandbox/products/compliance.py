"""Compliance applications with their documents, number compliances, and hosted numbers with their letters.

Their reviews are stages among their traits; here is what belongs together.
"""

from itertools import zip_longest
from typing import Any

from app.sandbox.data import limits
from app.sandbox.data.countries import COUNTRIES
from app.sandbox.engine import resources
from app.sandbox.engine.bodies import Uploaded
from app.sandbox.engine.catalog import Resource
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Json, Refusal, Reply, invalid, missing
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record

_APPLICATIONS = ACCOUNT + "/ComplianceApplication/"
_APPLICATION = _APPLICATIONS + "{compliance_application_id}/"
_SUBMIT = _APPLICATION + "Submit/"
_DOCUMENTS = ACCOUNT + "/ComplianceDocument/"
_DOCUMENT_TYPES = ACCOUNT + "/ComplianceDocumentType/"
_COMPLIANCES = ACCOUNT + "/PhoneNumber/Compliance/"
_COMPLIANCE = _COMPLIANCES + "{compliance_id}/"
_HOSTED = ACCOUNT + "/HostedMessagingNumber/"
_LETTERS = _HOSTED + "LOA/"


def _create_application(request: Request) -> Reply:
    resource = request.catalog.resources[_APPLICATIONS]
    item_id, record = resources.add(request, resource)
    record.fields["documents"] = _documents(request)
    return resources.reply_created(request, resource, item_id, record)


def _update_application(request: Request) -> Reply:
    reply = resources.answer(request)
    if "document_ids" in request.parameters:
        _, record = resources.existing(request, request.catalog.resources[_APPLICATIONS])
        record.fields["documents"] = _documents(request)
    return reply


def _documents(request: Request) -> list[Json]:
    """Return what an application shows of the documents that the request names."""
    example: Json = request.catalog.resources[_APPLICATIONS].shape["documents"][0]
    documents = []
    for document_id in request.parameters.get("document_ids") or []:
        document = request.table(_DOCUMENTS, Record).get(document_id)
        fields = {} if document is None else document.fields
        kind = request.table(_DOCUMENT_TYPES, Record).get(str(fields.get("document_type_id")))
        known = {
            "document_id": document_id,
            "document_name": fields.get("alias"),
            "document_type_id": fields.get("document_type_id"),
            "document_type_name": None if kind is None else kind.fields.get("document_name"),
        }
        documents.append({**example, **known})
    return documents


def _submit(request: Request) -> Reply:
    resource = request.catalog.resources[_APPLICATIONS]
    item_id = request.path["compliance_application_id"]
    resources.require_parent(request)
    record = request.table(_APPLICATIONS, Record).get(item_id)
    if record is None or record.since is not None:
        raise Refusal(400, "only a draft can be submitted")
    record.since = request.now
    return resources.reply_created(request, resource, item_id, record)


def _create_compliance(request: Request) -> Reply:
    resource = request.catalog.resources[_COMPLIANCES]
    data = _data(request)
    for name in ("country_iso", "number_type"):
        if not data.get(name):
            raise missing(f"data.{name}")
    if str(data["country_iso"]).upper() not in COUNTRIES:
        raise invalid("data.country_iso", limits.NO_COUNTRY)
    item_id, record = resources.add(request, resource)
    record.fields.update(alias="", callback_url="", callback_method="POST", documents=[])
    _apply(request, resource, record, data)
    return resources.reply_created(request, resource, item_id, record)


def _update_compliance(request: Request) -> Reply:
    resource = request.catalog.resources[_COMPLIANCES]
    item_id, record = resources.existing(request, resource)
    under_review = record.since is not None
    if under_review and resources.view(request, resource, item_id, record)["status"] == "submitted":
        raise Refusal(400, "Cannot update compliance application in submitted status")
    _apply(request, resource, record, _data(request))
    return resources.update(request, resource)


def _data(request: Request) -> Json:
    data = request.parameters.get("data") or {}
    if not isinstance(data, dict):
        raise invalid("data", "must be a JSON object")
    return data


def _apply(request: Request, resource: Resource, record: Record, data: Json) -> None:
    """Put the ``data`` part of a form into a number compliance; documents are replaced as a whole."""
    for name in ("alias", "country_iso", "number_type", "callback_url", "callback_method"):
        if name in data:
            record.fields[name] = data[name]
    if isinstance(end_user := data.get("end_user"), dict):
        blank: Json = dict.fromkeys(resource.shape["end_user"], "")
        record.fields["end_user"] = blank | end_user | {"end_user_id": request.state.uuid()}
        record.fields["user_type"] = end_user.get("type") or record.fields["user_type"]
    if isinstance(documents := data.get("documents"), list):
        files = request.parameters.get("documents[{i}].file") or []
        names = [file.name for file in files if isinstance(file, Uploaded)]
        record.fields["documents"] = [
            _document(request, resource, document, file_name)
            for document, file_name in zip_longest(documents, names[: len(documents)], fillvalue="")
        ]


def _document(request: Request, resource: Resource, given: Any, file_name: str) -> Json:
    example: Json = resource.shape["documents"][0]
    document = given if isinstance(given, dict) else {}
    known = {name: value for name, value in document.items() if name in example}
    own = {"document_id": request.state.uuid(), "file_name": file_name, "meta_information": {}}
    return {**example, **own, **known}


def _link(request: Request) -> Reply:
    """Link numbers to compliances, and report on each."""
    report = [_linked(request, item) for item in request.parameters["numbers"]]
    updated = sum(line["status"] == "success" for line in report)
    return request.answer(200, total_count=len(report), updated_count=updated, report=report)


def _linked(request: Request, item: Any) -> Json:
    fields = item if isinstance(item, dict) else {}
    number = str(fields.get("number") or "")
    table = request.table(_COMPLIANCES, Record)
    compliance = request.find(table, str(fields.get("compliance_application_id")))
    if compliance is None:
        return {"number": number, "status": "failed", "remarks": "Compliance application not found."}
    others = [linked for linked in compliance.fields["linked_numbers"] if linked["number"] != number]
    compliance.fields["linked_numbers"] = [
        *others,
        {"number": number, "number_type": compliance.fields["number_type"]},
    ]
    return {"number": number, "status": "success", "remarks": "Number linked to compliance application."}


def _host(request: Request) -> Reply:
    """Host a number under a letter of authorisation, which then names it."""
    reply = resources.answer(request)
    letter = request.table(_LETTERS, Record).get(request.parameters["loa_id"])
    if letter is not None:
        letter.fields["linked_numbers"] = [*letter.fields["linked_numbers"], request.parameters["number"]]
    return reply


HANDLERS: Handlers = {
    ("POST", _APPLICATIONS): _create_application,
    ("POST", _APPLICATION): _update_application,
    ("POST", _SUBMIT): _submit,
    ("POST", _COMPLIANCES): _create_compliance,
    ("PATCH", _COMPLIANCE): _update_compliance,
    ("POST", _COMPLIANCES + "Link/"): _link,
    ("POST", _HOSTED): _host,
}
