"""What lies under /media/ is handed out to a signed-in person alone, where people sign in."""

from __future__ import annotations

import json
import time

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from pages.shell.media_gate import MediaGate, claims_in
from pages.shell.sign_in import read_sign_in

SECRET = "0123456789abcdef" * 3
AUTH = {
    "redirect_uri": "https://pilots.council.test/oauth2callback", "cookie_secret": SECRET,
    "client_id": "distance-travelled", "client_secret": "of-the-provider",
    "server_metadata_url": "https://login.council.test/.well-known/openid-configuration",
}  # fmt: skip
COOKIE = "_streamlit_user"


def claims(**changed: object) -> dict:
    now = int(time.time())
    return {
        "is_logged_in": True, "origin": "https://pilots.council.test", "iss": "https://idp",
        "sub": "1", "email": "lead@council.test", "iat": now, "exp": now + 600,
    } | changed  # fmt: skip


def cookie(content: dict, *, secret: str = SECRET) -> str:
    value = create_signed_value(secret, COOKIE, json.dumps(content))
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture
def client(store, monkeypatch):
    """A server with one file and one page; a lead of Luton may enter."""
    store.add_account("lead@council.test", role="site", sites=["Luton"])
    monkeypatch.setattr("pages.shell.media_gate.sign_in_settings", lambda: AUTH)
    st.cache_resource.clear()

    async def answer(_request):
        return PlainTextResponse("here it is")

    app = Starlette(
        routes=[Route("/media/a.csv", answer), Route("/", answer)],
        middleware=[Middleware(MediaGate)],
    )
    return TestClient(app)


def status(client: TestClient, value: str = "", path: str = "/media/a.csv") -> int:
    client.cookies.clear()
    if value:
        client.cookies.set(COOKIE, value)
    return client.get(path).status_code


def test_nobody_without_a_cookie_of_ours(client):
    assert status(client) == 401
    assert status(client, "made-up") == 401
    assert status(client, cookie(claims(), secret="f" * 48)) == 401
    assert status(client, cookie(claims(is_logged_in=False))) == 401
    assert status(client, path="/") == 200


def test_somebody_with_an_account_while_the_visit_goes_on(client, store):
    value = cookie(claims())
    assert status(client, value) == 200
    sign_in = read_sign_in(claims_in({COOKIE: value}, SECRET))
    assert sign_in is not None
    assert store.enter(sign_in).scope is not None
    assert status(client, value) == 200
    store.leave(sign_in)
    assert status(client, value) == 401


def test_nobody_whose_account_is_gone_or_whose_sign_in_is_old(client, store):
    assert status(client, cookie(claims(email="other@council.test", sub="2"))) == 401
    long_ago = int(time.time()) - 9 * 3600
    assert status(client, cookie(claims(iat=long_ago, exp=long_ago + 600))) == 401
    value = cookie(claims())
    assert status(client, value) == 200
    store.change_account("lead@council.test", active=False)
    assert status(client, value) == 401


def test_on_ones_own_computer_nothing_is_asked(client, monkeypatch):
    monkeypatch.setattr("pages.shell.media_gate.sign_in_settings", lambda: None)
    assert status(client) == 200
