"""Sign-in through a company's OpenID Connect provider: a real one, small, on this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from config import company_sign_in
from tenancy.models import User
from tests.house import House

CLIENT, SECRET = "millwright", "s" * 40


class Provider(BaseHTTPRequestHandler):
    """Discovery, token and user info; who signs in is what the test says."""

    person: dict[str, Any] = {}
    asked: dict[str, list[str]] = {}

    def do_GET(self) -> None:
        here = f"http://{self.headers['Host']}"
        documents = {
            "/.well-known/openid-configuration": {
                "issuer": here,
                "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token",
                "userinfo_endpoint": f"{here}/userinfo",
                "jwks_uri": f"{here}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/userinfo": self.person,
        }
        self.say(documents[self.path])

    def do_POST(self) -> None:
        Provider.asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        claims = {"iss": f"http://{self.headers['Host']}", "aud": CLIENT, "exp": time.time() + 60, "iat": time.time()}
        token = jwt.encode(claims | self.person, SECRET)
        self.say({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def say(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def company(settings: Any) -> Iterator[type[Provider]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    settings.SOCIALACCOUNT_PROVIDERS = company_sign_in.providers(address, "Harbour ID", CLIENT, SECRET)
    yield Provider
    server.shutdown()
    server.server_close()


@pytest.fixture
def person(db: None) -> User:
    user = User.objects.get(pk=House.build()["dispatcher"].user_id)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def come_back(client: Client, company: type[Provider], **person: Any) -> Any:
    """From our page to theirs and back with a code; the answer to coming back."""
    company.person = {"sub": "4711", "email_verified": True} | person
    page = client.get("/accounts/login/").content.decode()
    assert ">Harbour ID</a>" in page
    there = client.get("/accounts/oidc/oidc/login/?process=login")
    asked = parse_qs(urlsplit(there.headers["Location"]).query)
    assert (there.status_code, asked["client_id"], asked["response_type"]) == (302, [CLIENT], ["code"])
    assert {"state", "code_challenge"} <= asked.keys()
    answer = client.get("/accounts/oidc/oidc/login/callback/", {"code": "c", "state": asked["state"][0]})
    assert company.asked["redirect_uri"] == asked["redirect_uri"]
    return answer


def test_who_has_a_login_is_found_by_the_address_that_was_verified_there(
    client: Client, company: type[Provider], person: User
) -> None:
    answer = come_back(client, company, email=person.email)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.get("/work-orders").status_code == 200


@pytest.mark.parametrize("stranger", [{"email": "nobody@elsewhere.example"}, {"email_verified": False}, {"email": ""}])
def test_nobody_else_gets_in(client: Client, company: type[Provider], person: User, stranger: dict[str, Any]) -> None:
    before = User.objects.count()
    answer = come_back(client, company, **({"email": person.email} | stranger))
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == before
    followed = client.get(answer.headers["Location"]) if answer.status_code == 302 else answer
    assert followed.status_code == 200
    assert b"Join by invitation" in followed.content


def test_a_forged_return_opens_nothing(client: Client, company: type[Provider], person: User) -> None:
    company.person = {"sub": "4711", "email": person.email, "email_verified": True}
    answer = client.get("/accounts/oidc/oidc/login/callback/", {"code": "c", "state": "forged"})
    assert "_auth_user_id" not in client.session
    assert b"Signing in did not work" in answer.content
