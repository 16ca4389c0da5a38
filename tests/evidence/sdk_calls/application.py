"""Applications and endpoints."""

from tests.evidence.sdk_calls.account import SUBACCOUNT
from tests.evidence.sdk_calls.row import ABSENT, ASYNC, URL, Difference, Row

_URLS_AND_SWITCHES = {
    "answerUrl": URL + "answer",
    "answerMethod": "GET",
    "hangupUrl": URL + "hangup",
    "hangupMethod": "GET",
    "fallbackAnswerUrl": URL + "fallback",
    "fallbackMethod": "GET",
    "messageUrl": URL + "message",
    "messageMethod": "GET",
    "defaultNumberApp": True,
    "defaultEndpointApp": True,
    "subaccount": SUBACCOUNT,
    "logIncomingMessages": False,
    "publicUri": True,
}
_DEFAULTS = {
    "answer_method": "POST",
    "hangup_method": "POST",
    "fallback_method": "POST",
    "message_method": "POST",
    "default_number_app": False,
    "default_endpoint_app": False,
    "log_incoming_messages": True,
}
_FIRST_PAGE = {"limit": 20, "offset": 0}
_APP = {"appId": "21000000000000001"}
_ENDPOINT = {"endpointId": "31000000000000001"}
_ECHO_WITH_CALLBACK = "the SDK repeats the path value, but only when there are other parameters"

ROWS = (
    Row(
        "createApplication",
        "applications.create",
        required={"appName": "Support_line"},
        optional={**_URLS_AND_SWITCHES, **ASYNC},
        defaults=_DEFAULTS,
        not_in_sdk=("sipAuthType", "ipAclUuid", "credentialUuid"),
    ),
    Row(
        "getSingleApplication",
        "applications.get",
        required=_APP,
        optional=ASYNC,
        differences=(Difference("app_id", _APP["appId"], ABSENT, _ECHO_WITH_CALLBACK, cases=("all",)),),
    ),
    Row(
        "getApplications",
        "applications.list",
        optional={"appName": "Support", "subaccount": SUBACCOUNT, "limit": 7, "offset": 40, **ASYNC},
        defaults=_FIRST_PAGE,
    ),
    Row(
        "updateApplication",
        "applications.update",
        required=_APP,
        optional={**_URLS_AND_SWITCHES, **ASYNC},
        defaults=_DEFAULTS,
        not_in_sdk=("sipAuthType", "ipAclUuid", "credentialUuid"),
    ),
    Row(
        "deleteApplication",
        "applications.delete",
        required=_APP,
        optional={"cascade": False, "newEndpointApplication": "21000000000000002", **ASYNC},
        echoes=("app_id",),
    ),
    Row(
        "createEndpoint",
        "endpoints.create",
        required={"username": "reception", "password": "pass word", "alias": "Reception"},
        optional={"appId": "21000000000000001", **ASYNC},
    ),
    Row("getSingleEndpoint", "endpoints.get", required=_ENDPOINT, optional=ASYNC, echoes=("endpoint_id",)),
    Row("getEndpoints", "endpoints.list", optional={"limit": 7, "offset": 40, **ASYNC}, defaults=_FIRST_PAGE),
    Row(
        "updateEndpoint",
        "endpoints.update",
        required=_ENDPOINT,
        optional={"password": "pass word", "alias": "Reception", "appId": "21000000000000001", **ASYNC},
    ),
    Row("deleteEndpoint", "endpoints.delete", required=_ENDPOINT, optional=ASYNC, echoes=("endpoint_id",)),
)
