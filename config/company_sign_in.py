"""Sign-in through the company's own OpenID Connect provider, as allauth wants it told."""

from __future__ import annotations

from typing import Any


def providers(server_url: str, name: str, client_id: str, secret: str) -> dict[str, Any]:
    """The provider is believed about e-mail addresses that it calls verified: whoever set it up here trusts it."""
    settings = {"server_url": server_url, "email_authentication": True, "oauth_pkce_enabled": True}
    app = {"provider_id": "oidc", "name": name, "client_id": client_id, "secret": secret, "settings": settings}
    return {"openid_connect": {"APPS": [app]}}
