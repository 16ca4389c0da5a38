"""Settings: what each variable does, and one clear message for wrong ones that never shows a value."""

import re
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.settings import Settings, load_settings

SECRET = "s3cret7890"

DEFAULTS = {
    "HOST": "127.0.0.1",
    "PORT": 8080,
    "SANDBOX": False,
    "PLIVO_API_URL": None,
    "PLIVO_TIMEOUT": 30,
    "PLIVO_CONNECT_TIMEOUT": 5,
    "PLIVO_PROXY": None,
    "PLIVO_RETRIES": 2,
    "PLIVO_MAX_CONNECTIONS": 1000,
    "PLIVO_RATE_LIMIT": True,
    "CALLS_PER_SECOND": None,
    "MESSAGES_PER_SECOND": None,
    "MAX_BODY_BYTES": 1024 * 1024,
    "MAX_UPLOAD_BYTES": 25 * 1024 * 1024,
    "DEFAULT_COUNTRY": None,
    "ERROR_STATUS": "200",
}

ANY_TEXT = ("host", "store_url", "secret_key", "mcp_groups", "plivo_auth_id", "plivo_auth_token")
"""Settings that take any text here: whoever opens what they name finds out."""


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Start from an empty directory and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def loaded(name: str) -> object:
    """Load the settings and return the one of a variable."""
    value: object = load_settings().model_dump()[name.lower()]
    return value


def refusal() -> str:
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    return str(raised.value)


@pytest.mark.parametrize(("name", "default"), DEFAULTS.items())
def test_defaults(name: str, default: object) -> None:
    assert loaded(name) == default


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("HOST", "0.0.0.0", "0.0.0.0"),  # noqa: S104  # what the image sets
        ("PORT", "0", 0),
        ("PORT", "65535", 65535),
        ("SANDBOX", "true", True),
        ("SANDBOX", "0", False),
        ("SANDBOX_SEED", "7", 7),
        ("PLIVO_API_URL", "http://127.0.0.1:9000/prefix/", "http://127.0.0.1:9000/prefix/"),
        ("PLIVO_API_URL", "https://gateway.example", "https://gateway.example"),
        ("PLIVO_TIMEOUT", "0.5", 0.5),
        ("PLIVO_CONNECT_TIMEOUT", "12", 12),
        ("PLIVO_PROXY", "http://user:pass@proxy.example:3128", "http://user:pass@proxy.example:3128"),
        ("PLIVO_RETRIES", "0", 0),
        ("PLIVO_MAX_CONNECTIONS", "1", 1),
        ("PLIVO_RATE_LIMIT", "off", False),
        ("CALLS_PER_SECOND", "Off", None),
        ("CALLS_PER_SECOND", "2", 2),
        ("MESSAGES_PER_SECOND", "0.25", 0.25),
        ("MAX_BODY_BYTES", "4096", 4096),
        ("MAX_UPLOAD_BYTES", "4096", 4096),
        ("DEFAULT_COUNTRY", "GB", "GB"),
        ("DEFAULT_COUNTRY", " de", "DE"),
        ("ERROR_STATUS", "mirror", "mirror"),
        ("LOG_LEVEL", "error", "error"),
        ("LOG_FORMAT", "json", "json"),
        ("LOG_FORMAT", "console", "console"),
    ],
)
def test_a_variable_is_read_from_the_environment_and_from_a_file(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    (workplace / ".env").write_text(f"{name}={text}\n")
    assert loaded(name) == value
    (workplace / ".env").unlink()
    monkeypatch.setenv(name, text)
    assert loaded(name) == value


def test_every_setting_says_what_it_is_for() -> None:
    assert {name.upper() for name in Settings.model_fields} >= {*DEFAULTS, "LOG_LEVEL", "LOG_FORMAT"}
    for name, field in Settings.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize("name", DEFAULTS)
def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Compose files hand on ``PLIVO_PROXY=${PLIVO_PROXY}``."""
    monkeypatch.setenv(name, "")
    assert loaded(name) == DEFAULTS[name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "eighty"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("SANDBOX", "perhaps"),
        ("SANDBOX_SEED", "x"),
        ("PLIVO_API_URL", "api.plivo.com"),
        ("PLIVO_API_URL", "ftp://api.plivo.com"),
        ("PLIVO_API_URL", "https://"),
        ("PLIVO_API_URL", "https://a.example/?x=1"),
        ("PLIVO_API_URL", "https://a.example:port/"),
        ("PLIVO_API_URL", "https://a.example/a b"),
        ("PLIVO_API_URL", "https://[::1/"),
        ("PLIVO_TIMEOUT", "0"),
        ("PLIVO_TIMEOUT", "-1"),
        ("PLIVO_TIMEOUT", "nan"),
        ("PLIVO_TIMEOUT", "inf"),
        ("PLIVO_TIMEOUT", "30s"),
        ("PLIVO_CONNECT_TIMEOUT", "0"),
        ("PLIVO_PROXY", "proxy.example:3128"),
        ("PLIVO_PROXY", "socks5://proxy.example:1080"),
        ("PLIVO_PROXY", "https://proxy.example:3128"),
        ("PLIVO_RETRIES", "-1"),
        ("PLIVO_RETRIES", "1.5"),
        ("PLIVO_MAX_CONNECTIONS", "0"),
        ("PLIVO_RATE_LIMIT", "300"),
        ("CALLS_PER_SECOND", "0"),
        ("CALLS_PER_SECOND", "inf"),
        ("MESSAGES_PER_SECOND", "-1"),
        ("MESSAGES_PER_SECOND", "nan"),
        ("MAX_BODY_BYTES", "-5"),
        ("MAX_BODY_BYTES", "1MB"),
        ("MAX_UPLOAD_BYTES", "0"),
        ("DEFAULT_COUNTRY", "UK"),
        ("DEFAULT_COUNTRY", "Germany"),
        ("DEFAULT_COUNTRY", "DEU"),
        ("DEFAULT_COUNTRY", "49"),
        ("ERROR_STATUS", "500"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    heading, line = refusal().splitlines()
    assert heading == "Wrong settings:"
    assert re.match(rf"\s+{name}: \w+", line)


def test_all_wrong_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "LOG_FORMAT", "PLIVO_PROXY"):
        monkeypatch.setenv(name, "wrong")
    told = refusal()
    assert all(f"{name}: " in told for name in ("PORT", "LOG_FORMAT", "PLIVO_PROXY"))


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields if name not in ANY_TEXT])
@pytest.mark.parametrize("text", [SECRET, f"https://user:{SECRET}@h.example:port/?{SECRET}", f"socks://{SECRET}"])
def test_a_message_never_shows_a_value(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(name, text)
    told = refusal()
    assert name in told
    assert SECRET not in told


def test_the_sandbox_and_an_upstream_of_ones_own_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody shall believe that a message went out, or that none did."""
    monkeypatch.setenv("SANDBOX", "true")
    monkeypatch.setenv("PLIVO_API_URL", f"https://user:{SECRET}@gateway.example")
    told = refusal()
    assert "SANDBOX" in told
    assert "PLIVO_API_URL" in told
    assert SECRET not in told
    monkeypatch.setenv("SANDBOX", "false")
    assert loaded("PLIVO_API_URL")


def test_the_environment_wins_over_the_file(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workplace / ".env").write_text("PORT=1111\nPLIVO_RETRIES=5\n")
    monkeypatch.setenv("PORT", "2222")
    assert (loaded("PORT"), loaded("PLIVO_RETRIES")) == (2222, 5)


def test_foreign_keys_in_the_file_are_ignored(workplace: Path) -> None:
    (workplace / ".env").write_text(f"# notes\nDATABASE_PASSWORD={SECRET}\nexport PORT='1111'\nAUTH_TOKEN={SECRET}\n")
    assert loaded("PORT") == 1111


def test_a_wrong_value_in_the_file_is_told_in_the_same_way(workplace: Path) -> None:
    (workplace / ".env").write_text(f"PORT={SECRET}\nOTHER={SECRET}\n")
    told = refusal()
    assert "PORT: " in told
    assert SECRET not in told


def test_a_file_that_is_no_text_is_a_wrong_setting_too(workplace: Path) -> None:
    (workplace / ".env").write_bytes(b"PLIVO_PROXY=http://caf\xe9:" + SECRET.encode() + b"@proxy.example\n")
    told = refusal()
    assert ".env" in told
    assert SECRET not in told
