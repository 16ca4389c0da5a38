"""Every setting, read from the environment and ``.env``. Names are those of the variables."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import ConfigurationError


def _http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be an absolute http or https URL without query")
    return text


def _proxy_url(text: str) -> str:
    if urlsplit(_http_url(text)).scheme != "http":
        raise ValueError("must be an http:// URL: the proxy itself is spoken to in plain HTTP")
    return text


def _known_country(text: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415  # its tables take time and memory to load

    code = text.strip().upper()
    if code not in SUPPORTED_REGIONS:
        raise ValueError("must be a country's two letters (ISO 3166), like US, DE or GB")
    return code


def _off_is_none(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() == "off" else value


def _in_any_capitals(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


PerSecond = Annotated[Annotated[float, Field(gt=0, le=10_000)] | None, BeforeValidator(_off_is_none)]
"""How often in a second, or ``off``."""


def _delays(text: str) -> str:
    try:
        is_fine = all(0 <= float(part) <= _LONGEST_DELAY for part in text.split(","))
    except ValueError:
        is_fine = False
    if not is_fine:
        raise ValueError("must be seconds, separated by commas, each up to a week")
    return text


_LONGEST_DELAY = 7 * 24 * 3600


class Settings(BaseSettings):
    """The service's settings. Seconds and bytes, as the descriptions say."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", hide_input_in_errors=True, frozen=True, env_ignore_empty=True
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on; the container image sets 0.0.0.0.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    sandbox: bool = Field(default=False, description="Use the embedded Plivo simulator instead of Plivo.")
    sandbox_seed: int | None = Field(default=None, description="Makes the sandbox's ids and numbers repeatable.")
    plivo_api_url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        default=None, description="Send every upstream request here instead of to Plivo's own hosts; may carry a path."
    )
    public_url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        default=None, description="Where Plivo and others reach this service, like https://connector.example.com."
    )
    secret_key: str | None = Field(
        default=None,
        description="Encrypts what is kept or handed out; several, comma-separated: the first encrypts, all decrypt.",
    )
    plivo_timeout: float = Field(
        default=30, gt=0, le=600, description="Seconds for one request to Plivo, all tries included."
    )
    plivo_connect_timeout: float = Field(default=5, gt=0, le=600, description="Seconds for one connection to Plivo.")
    plivo_proxy: Annotated[str, AfterValidator(_proxy_url)] | None = Field(
        default=None, description="HTTP proxy for requests to Plivo, like http://user:password@proxy:3128."
    )
    plivo_retries: int = Field(default=2, ge=0, le=10, description="Tries after the first, where repeating is safe.")
    plivo_max_connections: int = Field(default=1000, ge=1, description="Connections to Plivo at one time.")
    max_body_bytes: int = Field(default=1024 * 1024, ge=1024, description="Largest request body, in bytes.")
    bulk_timeout: float = Field(
        default=55, gt=1, le=3600, description="Seconds in which a bulk answers; platforms give up at 60."
    )
    max_upload_bytes: int = Field(
        default=25 * 1024 * 1024, ge=1024, description="Largest multipart request body, in bytes."
    )
    max_bulk_bytes: int = Field(
        default=64 * 1024 * 1024, ge=1024, description="Common fields of a bulk times its items, in bytes."
    )
    max_answer_bytes: int = Field(
        default=32 * 1024 * 1024, ge=1024, description="Largest answer to a bulk or a walk over a list, in bytes."
    )
    walk_concurrency: int = Field(
        default=8, ge=1, le=100, description="Pages of a list fetched side by side by a walk that knows its size."
    )
    max_reported_items: int = Field(
        default=100, ge=1, description="Most invalid items that the answer to a bulk describes."
    )
    require_idempotency_key: bool = Field(
        default=False, description="Refuse what costs money without an idempotencyKey."
    )
    max_header_bytes: int = Field(
        default=64 * 1024, ge=8192, le=1024 * 1024, description="Largest headers of a request all together, in bytes."
    )
    max_url_bytes: int = Field(default=8192, ge=256, description="Longest URL of a request, in bytes.")
    header_timeout: float = Field(
        default=10, gt=0, le=600, description="Seconds in which the headers of a request must arrive."
    )
    body_timeout: float = Field(
        default=15, gt=0, le=600, description="Seconds after which a request body or an answer that stalls is given up."
    )
    keep_alive_timeout: float = Field(
        default=75,  # longer than the 60 seconds of most load balancers, which else use a connection as it closes
        gt=0,
        le=3600,
        description="Seconds for which a connection may wait for its next request.",
    )
    max_connections: int = Field(
        default=2000,
        ge=1,
        description="Connections that each process takes at one time, fewer if it may open fewer files.",
    )
    max_body_bytes_in_flight: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        description="Bytes of request bodies that each process holds at one time; the first 64 KiB of each are free.",
    )
    store_url: str = Field(
        default="sqlite:///data/connector.db",
        description="Where outcomes of keyed requests are kept: sqlite:/// and a path, or redis:// for many machines.",
    )
    idempotency_ttl: float = Field(
        default=24 * 3600,
        ge=3600,  # a key that is forgotten while its request is at Plivo would be sent again
        description="Seconds for which an idempotency key is remembered.",
    )
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes on this machine; they share the store and each account's limits."
    )
    plivo_rate_limit: bool = Field(
        default=True, description="Keep to the number of requests that Plivo takes; off sends everything at once."
    )
    calls_per_second: PerSecond = Field(
        default=None, description="Calls begun per account and second, or off: Plivo queues them itself."
    )
    messages_per_second: PerSecond = Field(
        default=None, description="Messages sent per account and second, or off: Plivo queues them itself."
    )
    fetch_private_addresses: bool = Field(
        default=False,
        description="Let files be fetched from private addresses and events be delivered to them, in your own network.",
    )
    verify_signatures: bool = Field(
        default=True, description="Refuse requests that Plivo has not signed; off only for trying things out."
    )
    delivery_retries: Annotated[str, AfterValidator(_delays)] = Field(
        default="5,30,300,1800,7200,18000,36000",
        description="Seconds to wait after each failure to deliver an event; after the last it is dead.",
    )
    event_retention: float = Field(
        default=7 * 24 * 3600, ge=3600, description="Seconds for which events are kept; those still pending longer."
    )
    result_timeout: float = Field(
        default=5 * 3600,  # longer than a message waits at Plivo, and than a call may take unless it is told otherwise
        ge=1,
        le=30 * 24 * 3600,
        description="Seconds after which resultUrl is told that an outcome is still not known.",
    )
    default_country: Annotated[str, AfterValidator(_known_country)] | None = Field(
        default=None,
        description="Country whose national phone numbers are read (020 7946 0958 with GB), as two letters.",
    )
    error_status: Annotated[Literal["200", "mirror"], BeforeValidator(_in_any_capitals)] = Field(
        default="200", description="HTTP status of failures: 200 as marketplaces expect, or the failure's own."
    )
    mcp_groups: str | None = Field(
        default=None, description="Groups of blocks that AI agents can reach over MCP, comma-separated; all without it."
    )
    mcp_readonly: bool = Field(
        default=False, description="Let AI agents reach only what changes nothing and costs nothing."
    )
    plivo_auth_id: str | None = Field(
        default=None, description="Account of `python -m app mcp`; over HTTP every request brings its own."
    )
    plivo_auth_token: SecretStr | None = Field(default=None, description="Auth token of `python -m app mcp`.")
    console: bool = Field(default=True, description="Serve the console: `GET /` in a browser.")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_in_any_capitals)] = Field(
        default="info", description="Least severe log lines written; requests are logged at info."
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_in_any_capitals)] = Field(
        default="console", description="Log lines as text or as JSON."
    )

    @property
    def delivery_delays(self) -> list[float]:
        """Seconds to wait after each failure to deliver an event."""
        return [float(part) for part in self.delivery_retries.split(",")]

    @model_validator(mode="after")
    def _one_upstream(self) -> Self:
        if self.sandbox and self.plivo_api_url:
            raise ValueError("SANDBOX and PLIVO_API_URL exclude each other: unset one of them")
        if self.sandbox and self.workers > 1:
            raise ValueError("SANDBOX works with WORKERS=1 only: its state is one process's")
        if self.max_body_bytes_in_flight < max(self.max_upload_bytes, self.max_body_bytes):
            raise ValueError("MAX_BODY_BYTES_IN_FLIGHT must have room for MAX_UPLOAD_BYTES and MAX_BODY_BYTES")
        return self


def load_settings(**overrides: str | None) -> Settings:
    """Read the settings from the environment and ``.env``.

    Args:
        overrides: texts that count instead, by the name of the setting; None: what the environment says.

    Raises:
        ConfigurationError: names every wrong variable; never repeats a value.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]  # texts, as in the environment
    except UnicodeDecodeError:
        raise ConfigurationError("Wrong settings:\n  .env: is not text in UTF-8") from None
    except ValidationError as error:
        problems = [
            f"{'_'.join(str(step) for step in problem['loc']).upper()}: {problem['msg']}".removeprefix(": ")
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise ConfigurationError("Wrong settings:\n" + "\n".join(f"  {problem}" for problem in problems)) from None
