"""Shared use as deploy/ sets it up, without containers: nginx before two replicas, and a browser.

The replicas run from a folder that holds what the image holds, started as the image starts them.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import websockets
from playwright.sync_api import Browser, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from evaluation.store.repository import Store
from sample_data.generate import write_programme
from tests.browser.conftest import PATIENCE, _wait_for, free_port
from tests.browser.looking import LOOKS, put_on
from tests.browser.programme import write_sample
from tests.deploy.proxy import NGINX, ROOT, Proxy, run_proxy
from tests.deploy.test_containers import SERVICES, copied

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

COOKIE_SECRET = "0123456789abcdef" * 4
LEAD, RESEARCHER = "lead@council.test", "researcher@council.test"
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener('securitypolicyviolation', found => window.violations.push(
    found.violatedDirective + ' ' + found.blockedURI + ' ' + found.sourceFile.split('/').pop()));
"""
# A part of Streamlit's page tries whether it may calculate with WebAssembly, catches the refusal
# and calculates without.
EXPECTED = re.compile(r"script-src wasm-eval protobuf\.\w+\.js")


def make_image(folder: Path, origin: str) -> Path:
    """A folder with what the Dockerfile copies, and the sign-in's settings where they are put."""
    for source in copied("Dockerfile"):
        target = folder / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            leave_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, target, ignore=leave_out)
        else:
            shutil.copyfile(ROOT / source, target)
    settings = {
        "redirect_uri": f"{origin}/oauth2callback",
        "cookie_secret": COOKIE_SECRET,
        "client_id": "distance-travelled",
        "client_secret": "of-the-provider",
        "server_metadata_url": "https://login.council.test/.well-known/openid-configuration",
    }
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    (folder / ".streamlit" / "secrets.toml").write_text(f"[auth]\n{text}")
    return folder


@contextmanager
def run_replica(image: Path, store: Path) -> Iterator[int]:
    """One replica, as its container starts it; the port."""
    port = free_port()
    told = {
        name: re.sub(r"\$\{PUBLIC_NAME.*\}", "localhost", value)
        for name, value in SERVICES["app-1"]["environment"].items()
    }
    environment = {**os.environ, **told} | {
        "EVALUATION_DATABASE_URL": f"sqlite:///{store}",
        "DATABASE_PASSWORD_FILE": "",
        "STREAMLIT_SERVER_PORT": str(port),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    start = [sys.executable, "-m", "deploy.start", sys.executable, "-m", "streamlit", "run"]
    process = subprocess.Popen(
        [*start, "pages/shell/asgi.py"], cwd=image, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy with two replicas over the sample programme, in which two people may enter."""
    folder = tmp_path_factory.mktemp("shared")
    https = free_port()
    store = write_sample(folder / "store.db")
    opened = Store(f"sqlite:///{store}")
    opened.add_account(LEAD, role="site", sites=["Luton"])
    opened.add_account(RESEARCHER, role="researcher")
    image = make_image(folder / "image", f"https://localhost:{https}")
    with ExitStack() as stack:
        ports = [stack.enter_context(run_replica(image, store)) for _ in range(2)]
        yield stack.enter_context(run_proxy(folder, replicas=ports, https=https, http=free_port()))


def origin_of(proxy: Proxy) -> str:
    return f"https://localhost:{proxy.https}"


def signed_in(proxy: Proxy, email: str) -> str:
    """The cookie that a sign-in leaves behind."""
    now = int(time.time())
    claims = {
        "origin": origin_of(proxy), "is_logged_in": True, "iss": "https://login.council.test",
        "sub": email, "email": email, "email_verified": True, "iat": now, "exp": now + 3600,
    }  # fmt: skip
    return create_signed_value(COOKIE_SECRET, "_streamlit_user", json.dumps(claims)).decode()


def ask(proxy: Proxy, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPSConnection(
        "localhost", proxy.https, timeout=20, context=ssl._create_unverified_context()
    )
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, answer.headers, text


@contextmanager
def window(browser: Browser, proxy: Proxy, email: str = "", replica: str = "") -> Iterator[Page]:
    """A window in which somebody is signed in; closing it proves that nothing was blocked."""
    context = browser.new_context(ignore_https_errors=True)
    cookies = {"_streamlit_user": signed_in(proxy, email) if email else "", "dt_replica": replica}
    context.add_cookies(
        [
            {"name": name, "value": value, "url": origin_of(proxy), "secure": True}
            for name, value in cookies.items()
            if value
        ]
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(NOTE_VIOLATIONS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert violations(page) == []
    here = (origin_of(proxy), origin_of(proxy).replace("https", "wss"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(here)] == []
    context.close()


def violations(page: Page) -> list[str]:
    """What the page's policy has blocked since it was opened."""
    found = page.evaluate("window.violations")
    return [text for text in found if not EXPECTED.fullmatch(text)]


def settle(page: Page) -> None:
    """Wait until everything is drawn. Playwright's own waiting functions are against the policy."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    expect(page.locator("[data-stale=true], [data-testid=stSkeleton]")).to_have_count(0)
    page.wait_for_timeout(100)


def look_in_both_colours(page: Page) -> None:
    """Drawn anew in light and in dark, without anything blocked."""
    for look in LOOKS[:2]:
        put_on(page, look)
        settle(page)
    assert violations(page) == []


def test_the_page_comes_with_its_headers_and_cookies_that_need_tls(proxy: Proxy) -> None:
    status, headers, text = ask(proxy, "/site?site=luton")
    assert status == 200
    assert "window.prerenderReady" in text
    for name in (
        "Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options",
        "Referrer-Policy", "Permissions-Policy",
    ):  # fmt: skip
        assert len(headers.get_all(name)) == 1
    cookies = ask(proxy, "/_stcore/health")[1].get_all("Set-Cookie")
    assert {text.split("=")[0] for text in cookies} == {"_streamlit_xsrf", "dt_replica"}
    assert all("secure" in text.casefold() for text in cookies)


def test_the_closed_doors_are_closed(proxy: Proxy) -> None:
    assert ask(proxy, "/_stcore/metrics")[0] == 404
    assert ask(proxy, "/media/0123.csv")[0] == 401
    # The proxy sees that there is a cookie of that name; the server, that it is none of its own.
    assert ask(proxy, "/media/0123.csv", Cookie="_streamlit_user=x")[0] == 401
    cookie = f"_streamlit_user={signed_in(proxy, LEAD)}"
    assert ask(proxy, "/media/0123.csv", Cookie=cookie)[0] == 404
    told = json.loads(ask(proxy, "/_stcore/host-config")[2])
    assert told["allowedOrigins"] == []


async def _converse(proxy: Proxy, origin: str, cookie: str) -> ForwardMsg:
    """Ask for the page over the websocket, and take the first message that comes."""
    async with websockets.connect(
        f"wss://localhost:{proxy.https}/_stcore/stream",
        ssl=ssl._create_unverified_context(),
        origin=origin,
        subprotocols=["streamlit"],
        additional_headers={"Cookie": cookie},
        open_timeout=20,
        max_size=None,
    ) as stream:
        question = BackMsg()
        question.rerun_script.query_string = ""
        await stream.send(question.SerializeToString())
        answer = await asyncio.wait_for(stream.recv(), 30)
        return ForwardMsg.FromString(answer)


def test_the_websocket_comes_through_and_stays_with_one_replica(proxy: Proxy) -> None:
    cookie = "dt_replica=one-browser"
    before = proxy.log.read_text().count("/_stcore/stream")
    for _ in range(4):
        assert asyncio.run(_converse(proxy, origin_of(proxy), cookie)).WhichOneof("type")
    streams = proxy.logged("/_stcore/stream", before + 4)[before:]
    assert all('"GET /_stcore/stream" 101' in line for line in streams)
    assert len({line.split()[-1] for line in streams}) == 1


def test_the_websocket_of_another_place_is_refused(proxy: Proxy) -> None:
    with pytest.raises(websockets.InvalidStatus, match="403"):
        asyncio.run(_converse(proxy, "https://evil.test", "dt_replica=two"))


def test_without_a_sign_in_nothing_but_the_door_is_shown(proxy: Proxy, browser: Browser) -> None:
    with window(browser, proxy) as page:
        page.goto(f"{origin_of(proxy)}/site?site=luton")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        settle(page)
        assert "Luton" not in page.locator("[data-testid=stMain]").inner_text()


def test_a_script_that_was_put_into_the_page_does_not_run(proxy: Proxy, browser: Browser) -> None:
    with window(browser, proxy) as page:
        page.goto(origin_of(proxy))
        settle(page)
        page.evaluate(
            "() => { const script = document.createElement('script');"
            " script.textContent = 'window.broken = true'; document.body.append(script); }"
        )
        assert not page.evaluate("'broken' in window")
        # The list that stays empty in the other tests is one that can fill.
        assert [text.split()[:2] for text in violations(page)] == [["script-src-elem", "inline"]]
        page.evaluate("window.violations = []")


def test_a_lead_looks_uploads_and_downloads(proxy: Proxy, browser: Browser, tmp_path: Path) -> None:
    book = next(path for path in write_programme(tmp_path) if path.stem.endswith("luton"))
    with window(browser, proxy, LEAD) as page:
        page.goto(f"{origin_of(proxy)}/site?site=luton")
        expect(page.get_by_role("heading", name="Luton")).to_be_visible()
        expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
        look_in_both_colours(page)
        page.get_by_role("button", name="Prepare the results of Luton as a file").click()
        ready = page.get_by_role("button", name="Download the results of Luton")
        expect(ready).to_be_visible(timeout=60_000)
        with page.expect_download() as caught:
            ready.click()
        assert Path(caught.value.path()).read_bytes()[:2] == b"PK"
        page.goto(f"{origin_of(proxy)}/upload")
        look_in_both_colours(page)
        page.set_input_files("input[type=file]", str(book))
        expect(page.get_by_text("What was understood")).to_be_visible()
        settle(page)


@pytest.fixture(scope="module")
def replicas(proxy: Proxy) -> list[str]:
    """A browser's cookie for each of the two replicas."""
    found: dict[str, str] = {}
    for number in range(40):
        before = proxy.log.read_text().count("/_stcore/health")
        ask(proxy, "/_stcore/health", Cookie=f"dt_replica=browser-{number}")
        line = proxy.logged("/_stcore/health", before + 1)[-1]
        found.setdefault(re.sub(r".*:", "", line.split()[-1]), f"browser-{number}")
    assert len(found) == 2
    return list(found.values())


@pytest.mark.parametrize("which", [0, 1])
def test_a_sign_in_holds_on_either_replica(
    proxy: Proxy, browser: Browser, replicas: list[str], which: int
) -> None:
    with window(browser, proxy, RESEARCHER, replicas[which]) as page:
        for path, name in (("", "Overview"), ("/all-sites", "All sites")):
            page.goto(f"{origin_of(proxy)}{path}")
            expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
            look_in_both_colours(page)
        expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
