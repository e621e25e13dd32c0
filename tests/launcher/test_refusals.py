"""What `manage.py up` refuses before it starts anything."""

from __future__ import annotations

import pytest

from config import supervisor


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "HOST", "PORT", "WEB_WORKERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENVIRONMENT", "local")


def check(*arguments: str) -> None:
    supervisor.check(supervisor.parse(list(arguments)))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_loopback_is_accepted(host: str) -> None:
    check("--host", host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.1.2.3", "192.168.0.1", "example.org", "127.0.0.1.example.org", ""]
)
@pytest.mark.parametrize("flag", ["--demo", "--no-demo"])
def test_anything_but_loopback_is_refused(host: str, flag: str) -> None:
    with pytest.raises(supervisor.Refusal, match="is not a loopback address"):
        check("--host", host, flag)


def test_the_host_of_the_environment_is_refused_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    with pytest.raises(supervisor.Refusal, match=r"^0\.0\.0\.0 is not a loopback address"):
        check()


@pytest.mark.parametrize(
    ("given", "flag", "is_refused"),
    [
        ({}, "--demo", True),
        ({}, "--no-demo", True),
        ({"DATABASE_URL": "postgresql://db/x"}, "--no-demo", True),
        ({"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r"}, "--demo", True),
        ({"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r"}, "--no-demo", False),
    ],
)
def test_production_refuses_demo_and_embedded_services(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], flag: str, is_refused: bool
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    if is_refused:
        with pytest.raises(supervisor.Refusal, match="ENVIRONMENT=production: demo data and embedded services"):
            check(flag)
    else:
        check(flag)


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_a_port_out_of_range_is_refused(port: str) -> None:
    with pytest.raises(supervisor.Refusal, match="is not a port"):
        check("--port", port)


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("PORT", "-1"), ("WEB_WORKERS", "2.5")])
def test_an_environment_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(supervisor.Refusal, match=f"{name} must be a whole number"):
        check()
