"""An identity provider for the tests: whoever clicks on a name is that person."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, PASSWORD = "distance-travelled", "of-the-provider"


@dataclass
class Provider:
    """OpenID Connect with one client and one key; ``claims`` of each person by name."""

    people: dict[str, dict[str, object]]
    address: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    # What was asked with each code that was given out and not used yet.
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    signed_out: int = 0

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/leave",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def names(self, asked: dict[str, str]) -> str:
        """The page on which somebody says who they are."""
        links = (
            f'<p><a href="/as?{escape(urlencode(asked | {"who": name}))}">{escape(name)}</a></p>'
            for name in self.people
        )
        return f"<!doctype html><title>Sign in</title><h1>Who are you?</h1>{''.join(links)}"

    def code_for(self, asked: dict[str, str]) -> str:
        """Back to the program, with a code that works once."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, form: dict[str, str]) -> dict[str, object]:
        asked = self.codes.pop(form["code"])
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "sub": f"sub of {asked['who']}", "iat": now,
            "exp": now + 3600, "nonce": asked.get("nonce", ""), **self.people[asked["who"]],
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        return {
            "access_token": secrets.token_urlsafe(16), "token_type": "Bearer",
            "expires_in": 3600, "id_token": token,
        }  # fmt: skip


def _handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            match parts.path:
                case "/.well-known/openid-configuration":
                    self._say(provider.metadata())
                case "/keys":
                    self._say({"keys": [provider.key.as_dict(private=False)]})
                case "/authorize":
                    assert asked["client_id"] == CLIENT
                    self._answer(provider.names(asked).encode(), "text/html; charset=utf-8")
                case "/as":
                    self._send_on(provider.code_for(asked))
                case "/leave":
                    provider.signed_out += 1
                    self._send_on(asked["post_logout_redirect_uri"])
                case _:
                    self.send_error(404)

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(text).items()}
            if (form.get("client_id"), form.get("client_secret")) != (CLIENT, PASSWORD):
                scheme, _, given = self.headers.get("Authorization", "").partition(" ")
                known = base64.b64encode(f"{CLIENT}:{PASSWORD}".encode()).decode()
                if (scheme, given) != ("Basic", known):
                    self.send_error(401)
                    return
            self._say(provider.tokens(form))

        def _say(self, content: dict[str, object]) -> None:
            self._answer(json.dumps(content).encode(), "application/json")

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send_on(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    return Handler


@contextmanager
def run_provider(people: dict[str, dict[str, object]]) -> Iterator[Provider]:
    """A provider on a free port of this computer."""
    provider = Provider(people)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(provider))
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
