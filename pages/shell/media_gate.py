"""Files and pictures of a page, and uploads, only for somebody who is signed in.

Streamlit hands out what lies under ``/media/`` to whoever knows its address, and keeps in memory
what anybody uploads who has the page open, if only the door. Where a sign-in is set up, the cookie
behind the request has to be of a visit that goes on, as for a page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette import starlette_app_utils
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from evaluation.store.engine import StoreError
from pages.shell.database import open_store
from pages.shell.sign_in import read_sign_in, sign_in_settings

GUARDED = ("/media/", "/_stcore/upload_file/")
SIGN_IN_FIRST = "Sign in first."


class MediaGate:
    """ASGI middleware around the whole server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and any(part in scope["path"] for part in GUARDED)
        if guarded and not _may_pass(Request(scope)):
            refusal = PlainTextResponse(SIGN_IN_FIRST, status_code=401)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _may_pass(request: Request) -> bool:
    auth = sign_in_settings()
    if auth is None:  # on one's own computer; `app.py` lets nobody else get as far as a file
        return True
    sign_in = read_sign_in(claims_in(request.cookies, str(auth.get("cookie_secret", ""))))
    if sign_in is None:
        return False
    try:
        return not open_store().over(sign_in)
    except StoreError:
        return False


def claims_in(cookies: Mapping[str, str], secret: str) -> dict[str, Any]:
    """What the cookie of a sign-in says; nothing if it is not signed with this secret."""

    def decoded(name: str) -> bytes | None:
        raw = cookies.get(name)
        if raw is None or not secret:
            return None
        return starlette_app_utils.decode_signed_value(secret, name, raw.encode("latin-1"))

    value = get_cookie_with_chunks(decoded, USER_COOKIE_NAME)
    try:
        claims = json.loads(value or b"{}")
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) and claims.get("is_logged_in") is True else {}
