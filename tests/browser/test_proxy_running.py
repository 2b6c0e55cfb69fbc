"""The proxy as it runs, before two stand-ins that answer with what reached them."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.deploy.proxy import NGINX, Proxy, run_proxy

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
SIGNED_IN = {"Cookie": "_streamlit_user=anything"}
LIMIT = 50 * 1024 * 1024


class Answer(NamedTuple):
    """What came back: the status, every header, and what the stand-in says that it was asked."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def header(self, name: str) -> str:
        found = [value for key, value in self.headers if key.casefold() == name.casefold()]
        assert len(found) <= 1, f"{name} stands there {len(found)} times"
        return found[0] if found else ""

    def cookies(self) -> list[str]:
        return [value for key, value in self.headers if key.casefold() == "set-cookie"]

    @property
    def asked(self) -> dict[str, str]:
        """The headers that reached the stand-in, with its own port."""
        return json.loads(self.text)


class _StandIn(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        while self.rfile.read1(65536) if self.headers.get("Content-Length", "0") != "0" else False:
            pass
        named = {name.casefold(): value for name, value in self.headers.items()}
        body = json.dumps(named | {"port": str(self.server.server_address[1])}).encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "_streamlit_user=abc; Path=/; HttpOnly; SameSite=Lax")
        self.send_header("Set-Cookie", "_streamlit_xsrf=2|a; Path=/; SameSite=Lax")
        self.send_header("Cache-Control", "public")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_GET  # noqa: N815 - the library's name

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is no place for it."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing: the proxy hangs up on a stand-in whenever it likes."""


@contextmanager
def _standing_in() -> Iterator[int]:
    """A stand-in for a replica; the port."""
    with _Server(("127.0.0.1", 0), _StandIn) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with _standing_in() as first, _standing_in() as second:
        ports = {"https": _free_port(), "http": _free_port()}
        with run_proxy(tmp_path, replicas=[first, second], **ports) as running:
            yield running


def test_while_one_replica_is_gone_the_other_answers(tmp_path: Path) -> None:
    with _standing_in() as there:
        ports = {"https": _free_port(), "http": _free_port()}
        with run_proxy(tmp_path, replicas=[there, _free_port()], **ports) as running:
            assert {ask(running).asked["port"] for _ in range(12)} == {str(there)}


def ask(
    proxy: Proxy, path: str = "/", headers: Mapping[str, str] | None = None, *,
    method: str = "GET", body: bytes | None = None,
) -> Answer:  # fmt: skip
    """One request by the public name; its certificate is nobody's business here."""
    connection = http.client.HTTPSConnection(
        "localhost", proxy.https, timeout=20, context=ssl._create_unverified_context()
    )
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        found = connection.getresponse()
        return Answer(found.status, found.getheaders(), found.read().decode())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/media/x", 401), ("/_stcore/metrics", 404)]
)
def test_every_answer_has_the_security_headers_once(proxy: Proxy, path: str, status: int) -> None:
    answer = ask(proxy, path)
    assert answer.status == status
    assert answer.header("Strict-Transport-Security") == "max-age=31536000"
    assert "frame-ancestors 'none'" in answer.header("Content-Security-Policy")
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("X-Frame-Options") == "DENY"
    assert answer.header("Referrer-Policy") == "same-origin"
    assert "camera=()" in answer.header("Permissions-Policy")
    assert answer.header("Server") == "nginx"


def test_every_cookie_is_sent_over_tls_only(proxy: Proxy) -> None:
    cookies = {text.split("=")[0]: text.casefold() for text in ask(proxy).cookies()}
    assert set(cookies) == {"_streamlit_user", "_streamlit_xsrf", "dt_replica"}
    for text in cookies.values():
        assert "; secure" in text
        assert "; samesite=lax" in text
    assert "; httponly" in cookies["_streamlit_user"]
    assert "; httponly" in cookies["dt_replica"]
    # The browser's script has to read this one and send it back.
    assert "; httponly" not in cookies["_streamlit_xsrf"]


def test_a_browser_stays_with_its_replica_from_the_first_request_on(proxy: Proxy) -> None:
    seen = set()
    for _ in range(12):
        first = ask(proxy)
        (cookie,) = [text for text in first.cookies() if text.startswith("dt_replica")]
        again = [ask(proxy, "/", {"Cookie": cookie.split(";")[0]}) for _ in range(4)]
        assert {answer.asked["port"] for answer in again} == {first.asked["port"]}
        assert not any("dt_replica" in text for answer in again for text in answer.cookies())
        seen.add(first.asked["port"])
    assert len(seen) == 2  # by chance both are drawn in all but 1 of 2,000 runs


def test_what_a_visitor_claims_does_not_get_through(proxy: Proxy) -> None:
    claimed = {
        "X-Forwarded-For": "10.9.9.9", "X-Forwarded-Host": "evil.test", "X-Real-IP": "10.9.9.9",
        "X-Forwarded-Proto": "http", "Forwarded": "for=10.9.9.9", "X-Forwarded-User": "boss",
        "X-Forwarded-Email": "boss@council.test", "X-Auth-Request-Email": "boss@council.test",
        "Remote-User": "boss", "X-Remote-User": "boss", "X-Forwarded-Groups": "all",
    }  # fmt: skip
    asked = ask(proxy, "/", claimed).asked
    for mark in ("10.9.9.9", "boss", "evil.test"):
        assert not [name for name, value in asked.items() if mark in value]
    assert asked["x-forwarded-for"] == "127.0.0.1"
    assert asked["x-forwarded-proto"] == "https"
    assert asked["host"] == asked["x-forwarded-host"] == f"localhost:{proxy.https}"


@pytest.mark.parametrize(
    "path", ["/media/x.csv", "//media/x.csv", "/%6dedia/x.csv", "/a/../media/x", "/media%2Fx"]
)
def test_a_download_needs_the_cookie_of_a_sign_in(proxy: Proxy, path: str) -> None:
    assert ask(proxy, path).status == 401
    assert ask(proxy, path, {"Cookie": "_streamlit_user="}).status == 401
    assert ask(proxy, path, {"Cookie": "x_streamlit_user=1"}).status == 401
    with_cookie = ask(proxy, path, SIGNED_IN)
    assert with_cookie.status == 200
    assert with_cookie.header("Cache-Control") == "no-store"


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore//metrics", "/_stcore/%6detrics", "/site/_stcore/host-config",
     "/_stcore/agent/mcp", "/_stcore/script-health-check"],
)  # fmt: skip
def test_what_the_server_says_of_itself_is_closed(proxy: Proxy, path: str) -> None:
    assert ask(proxy, path, SIGNED_IN).status == 404


def test_the_proxy_itself_answers_about_the_host_with_the_strictest_answer(proxy: Proxy) -> None:
    answer = ask(proxy, "/_stcore/host-config")
    assert answer.status == 200
    assert "port" not in answer.asked
    told = json.loads(answer.text)
    assert told["allowedOrigins"] == []
    assert told["useExternalAuthToken"] is told["enableCustomParentMessages"] is False


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(proxy: Proxy) -> None:
    address = "/_stcore/upload_file/session/file"
    context = ssl._create_unverified_context()
    for length, status in ((LIMIT + 1, b"413"), (LIMIT, b"")):
        with (
            socket.create_connection(("127.0.0.1", proxy.https), timeout=3) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            head = f"PUT {address} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
            secure.sendall(head.encode())
            secure.settimeout(0.5)
            try:
                assert status in secure.recv(200)[:12] and status
            except TimeoutError:
                assert not status  # it waits for the file


@pytest.mark.parametrize("path", ["/_stcore/stream", "/_stcore/health", "/media/x"])
def test_pages_of_other_places_are_not_answered(proxy: Proxy, path: str) -> None:
    own = f"https://localhost:{proxy.https}"
    assert ask(proxy, path, SIGNED_IN | {"Origin": own}).status == 200
    for origin in (
        "https://evil.test", "http://127.0.0.1", "https://localhost", "null",
        own.replace("https", "http"), f"{own}.evil.test", f"https://evil.test|{own}",
    ):  # fmt: skip
        assert ask(proxy, path, SIGNED_IN | {"Origin": origin}).status == 403, origin


def test_uploads_from_one_address_come_to_a_limit(proxy: Proxy) -> None:
    address = "/_stcore/upload_file/session/file"
    statuses = [ask(proxy, address, method="PUT", body=b"").status for _ in range(70)]
    assert set(statuses) == {200, 429}
    assert statuses[:60] == [200] * 60
    assert ask(proxy, "/").status == 200


def test_without_tls_there_is_only_the_way_to_it(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.http, timeout=5)
    connection.request("GET", "/site?site=luton", headers={"Host": "evil.test"})
    answer = connection.getresponse()
    assert answer.status == 301
    assert answer.getheader("Location") == "https://localhost/site?site=luton"
    connection.close()


def test_another_name_is_not_answered(proxy: Proxy) -> None:
    context = ssl._create_unverified_context()
    with (
        socket.create_connection(("127.0.0.1", proxy.https), timeout=5) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="other.test")
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy, "/", {"Host": "other.test"})


def test_the_log_says_what_was_asked_but_nothing_that_opens_a_door(proxy: Proxy) -> None:
    ask(proxy, "/oauth2callback?code=the-code&state=the-state", SIGNED_IN)
    ask(proxy, "/media/0123abcd.csv", SIGNED_IN)
    ask(proxy, "/_stcore/upload_file/the-session/the-file", method="PUT", body=b"")
    ask(proxy, "/site?site=luton", {"Referer": "https://localhost/secret"})
    lines = proxy.logged("", 4)
    assert sorted(line.split("] ")[1].rsplit(" ", 3)[0] for line in lines) == [
        '"GET /media/(hidden)" 200', '"GET /oauth2callback" 200', '"GET /site" 200',
        '"PUT /_stcore/upload_file/(hidden)" 200',
    ]  # fmt: skip
    for word in ("the-code", "the-state", "0123abcd", "the-session", "luton", "secret", "anything"):
        assert word not in proxy.log.read_text()
