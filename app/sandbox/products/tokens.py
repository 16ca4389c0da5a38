"""Access tokens for endpoints: real JWTs (HS256, signed with the account's auth token), which nothing here takes."""

import base64
import hashlib
import hmac

from app import json_text
from app.sandbox.engine.auth import tokens_of
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Json, Reply, invalid
from app.sandbox.engine.request import Handlers, Request

LIFE = 86400
"""Seconds that a token is good for, unless ``exp`` says otherwise (Plivo's default and limit)."""


def _create(request: Request) -> Reply:
    parameters = request.parameters
    begins = parameters.get("nbf") or int(request.now)
    ends = parameters.get("exp") or begins + LIFE
    if not begins < ends:
        raise invalid("exp", "it must be after nbf")
    claims: Json = {"jti": request.state.uuid(), "iss": parameters["iss"], "nbf": begins, "exp": ends}
    claims |= {name: parameters[name] for name in ("sub", "app") if parameters.get(name)}
    claims["grants"] = parameters.get("per") or {}
    header = {"typ": "JWT", "cty": "plivo;v=1", "alg": "HS256"}
    signed = b".".join(_encoded(json_text.render(part)) for part in (header, claims))
    signature = hmac.digest(tokens_of(request.state, request.account)[0].encode(), signed, hashlib.sha256)
    return request.answer(200, token=(signed + b"." + _encoded(signature)).decode())


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


HANDLERS: Handlers = {("POST", ACCOUNT + "/JWT/Token/"): _create}
