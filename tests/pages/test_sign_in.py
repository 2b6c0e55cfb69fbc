"""The door: who gets through it, when it falls shut again, and what is kept from whom."""

from __future__ import annotations

import ast
import datetime as dt
import re
import time
import tomllib
from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.context import StreamlitHeaders
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from evaluation.config import DATABASE_VARIABLE
from evaluation.store.entering import NO_ACCOUNT
from evaluation.store.repository import Store
from evaluation.store.visits import ENDED, IDLE_TOO_LONG, TOO_LONG, TOO_OLD
from pages.shell.frame import NOT_YOURS
from pages.shell.navigation import PRODUCT, SCREENS
from tests.pages.signed_in import (
    AUTH,
    MARKS,
    ROOT,
    VISITORS,
    add_accounts,
    fill,
    go,
    open_app,
    refusals,
    sent,
    sign_in,
    traces,
)

ANN = VISITORS["site"]
FILES = [screen.file for screen in SCREENS]


@pytest.fixture
def accounts(store: Store) -> Store:
    """An empty store in which everybody has an account."""
    add_accounts(store)
    return store


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dt.datetime]:
    """The program's clock, set forward by hand."""
    start = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    shown = {"now": start}
    monkeypatch.setattr("evaluation.store.custody.now", lambda: shown["now"])

    def put_forward(**time_: float) -> dt.datetime:
        shown["now"] = start + dt.timedelta(**time_)
        return shown["now"]

    return put_forward


@pytest.fixture
def option(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, object], None]]:
    """Settings of the server, put back afterwards."""
    before: dict[str, object] = {}

    def put(name: str, value: object) -> None:
        before.setdefault(name, config.get_option(name))
        config.set_option(name, value)

    yield put
    for name, value in before.items():
        config.set_option(name, value)


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def reasons(app: AppTest) -> list[str]:
    return [*refusals(app), *(warning.value for warning in app.warning)]


def is_the_door(app: AppTest) -> bool:
    """Nothing is drawn but the name of the program, the reason and the way in."""
    assert not app.exception
    kinds = {element.type for element in app.main} | {element.type for element in app.sidebar}
    drawn = kinds - {"main", "sidebar", "root"}
    return [t.value for t in app.title] == [PRODUCT] and drawn <= {
        "title", "html", "error", "warning", "markdown", "button",
    }  # fmt: skip


def is_inside(app: AppTest) -> bool:
    return [title.value for title in app.title] == ["Overview"] and not app.error


# --- half set up -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", AUTH)
@pytest.mark.parametrize("value", [None, "", "CHANGE ME"])
def test_a_sign_in_that_is_half_set_up_lets_nobody_in(accounts, key: str, value: str | None):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    sign_in(app, ANN.email)
    app.secrets["auth"].pop(key)
    if value is not None:
        app.secrets["auth"][key] = value
    app.run()
    assert is_the_door(app)
    assert key in refusals(app)[0]
    assert buttons(app) == []
    assert accounts.audit_log()["action"].tolist().count("sign_in") == 0


def test_the_example_as_it_is_lets_nobody_in(accounts):
    example = tomllib.loads((ROOT / "deploy" / "secrets.example.toml").read_text(encoding="utf-8"))
    assert set(example["auth"]) == set(AUTH)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    sign_in(app, ANN.email)
    app.secrets = example
    assert is_the_door(app.run())
    assert all(key in refusals(app)[0] for key in AUTH)


def test_a_short_secret_a_missing_library_and_anybodys_accounts(accounts, monkeypatch):
    app = open_app(ANN)
    assert is_inside(app)
    app.secrets["auth"]["cookie_secret"] = "short"
    assert is_the_door(app.run())
    assert "32 characters" in refusals(app)[0]
    app.secrets = {"auth": dict(AUTH)}
    monkeypatch.setattr("pages.shell.sign_in.find_spec", lambda name: None)
    assert is_the_door(app.run())
    assert "not installed" in refusals(app)[0]


@pytest.mark.parametrize("text", ["[auth\nclient_id = 1", "\x00", "auth = 'yes'", "[auth]\n"])
def test_secrets_that_cannot_be_read_are_not_taken_for_none(
    accounts, option, monkeypatch, tmp_path, text: str
):
    """A typing mistake in secrets.toml must not open the door for everybody."""
    path = tmp_path / "secrets.toml"
    path.write_text(text)
    option("secrets.files", [str(path)])
    option("client.showErrorDetails", "none")
    monkeypatch.setattr(st, "secrets", Secrets())
    app = open_app(VISITORS["own computer"])
    assert is_the_door(app)
    assert refusals(app)


def test_secrets_without_a_sign_in_are_of_no_concern(store, option, monkeypatch, tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_text("[connections]\nx = 1\n")
    option("secrets.files", [str(path)])
    monkeypatch.setattr(st, "secrets", Secrets())
    assert is_inside(open_app(VISITORS["own computer"]))


# --- none set up ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["0.0.0.0", "", None, "::", "192.168.1.7"])
def test_without_a_sign_in_a_server_for_others_lets_nobody_in(store, option, address):
    option("server.address", address)
    app = open_app(VISITORS["own computer"])
    for file in ("home", "site", "protection"):
        assert is_the_door(go(app, file))
        assert "no sign-in is set up" in refusals(app)[0]


@pytest.mark.parametrize(
    "header",
    [("X-Forwarded-For", "10.0.0.8"), ("Host", "dashboard.council.test"),
     ("Origin", "https://dashboard.council.test"), ("Host", "10.0.0.8:8501")],
    ids=lambda header: ": ".join(header),
)  # fmt: skip
def test_whoever_comes_from_elsewhere_stays_outside(store, monkeypatch, header):
    come_from(monkeypatch, [("Host", "localhost:8501"), ("Origin", "http://localhost:8501")])
    app = open_app(VISITORS["own computer"])
    assert is_inside(app)
    come_from(monkeypatch, [*{"Host": "localhost:8501", header[0]: header[1]}.items()])
    assert is_the_door(app.run())
    assert "another computer" in refusals(app)[0]


def come_from(monkeypatch: pytest.MonkeyPatch, headers: list[tuple[str, str]]) -> None:
    found = property(lambda _: StreamlitHeaders(headers))
    monkeypatch.setattr(type(st.context), "headers", found)


# --- not signed in --------------------------------------------------------------------------------


def test_without_a_sign_in_every_page_is_the_same_door(accounts):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.secrets, app.user = {"auth": dict(AUTH)}, {"is_logged_in": False}
    app.run()
    first = sent(app)
    for file in FILES:
        go(app, file, site="dorset")
        assert is_the_door(app)
        assert buttons(app) == ["Sign in"]
        assert sent(app) == first
    assert accounts.audit_log()["action"].unique().tolist() == ["account"]


def test_a_link_to_a_page_survives_the_door(accounts):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.secrets, app.user = {"auth": dict(AUTH)}, {"is_logged_in": False}
    go(app.run(), "report", site="dorset")
    sign_in(app, ANN.email)
    app.run()
    assert [title.value for title in app.title] == ["Report"]


@pytest.mark.parametrize("without", ["sub", "iss", "iat", "exp"])
def test_a_provider_that_leaves_out_who_or_when(accounts, without: str):
    for value in (None, "", "soon", True):
        app = open_app(ANN, **{without: value})
        if without in ("sub", "iss") and value in ("soon", True):
            continue  # any text may be a subject
        assert is_the_door(app)
        assert reasons(app) == ["The sign-in does not say who you are."]


@pytest.mark.parametrize("iat", [1e30, float("nan"), float("inf"), -1e30])
def test_a_time_that_is_none_lets_nobody_in(accounts, option, iat: float):
    option("client.showErrorDetails", "none")
    assert is_the_door(open_app(ANN, iat=iat))


@pytest.mark.parametrize(
    "claims",
    [{"email": "nobody@council.test"}, {"email": None}, {"email_verified": False},
     {"email_verified": "true"}, {"email_verified": None}],
    ids=str,
)  # fmt: skip
def test_whoever_has_no_account_is_told_so(accounts, claims):
    app = open_app(ANN, **claims)
    assert is_the_door(app)
    assert reasons(app) == [NO_ACCOUNT]
    assert buttons(app) == ["Sign in again"]
    assert is_the_door(go(app, "site", site="dorset"))


def test_a_second_person_with_the_same_address_is_nobody(accounts):
    assert is_inside(open_app(ANN))
    stranger = open_app(ANN, sub="another")
    assert is_the_door(stranger)
    assert reasons(stranger) == [NO_ACCOUNT]
    assert is_the_door(open_app(ANN, iss="https://login.evil.test"))


# --- how long ----------------------------------------------------------------------------------


def test_after_twenty_minutes_without_a_click_the_door_is_shut(accounts, clock):
    app = open_app(ANN)
    clock(minutes=19)
    assert is_inside(app.run())
    clock(minutes=39)
    assert is_the_door(app.run())
    assert reasons(app) == [IDLE_TOO_LONG]
    assert is_the_door(open_app(ANN, issued=app.user["iat"]))
    again = clock(minutes=40).replace(tzinfo=dt.UTC).timestamp()
    assert is_inside(open_app(ANN, issued=again))


def test_after_eight_hours_the_door_is_shut(accounts, clock):
    app = open_app(ANN)
    for minutes in range(15, 480, 15):
        clock(minutes=minutes)
        assert is_inside(app.run())
    clock(hours=8, seconds=1)
    assert is_the_door(app.run())
    assert reasons(app) == [TOO_LONG]


@pytest.mark.parametrize("hours", [2, 9, 24 * 29])
def test_an_old_cookie_lets_nobody_in(accounts, hours: int):
    app = open_app(ANN, issued=time.time() - hours * 3600)
    assert is_the_door(app)
    assert reasons(app) == [TOO_OLD]


def test_signing_out_in_one_tab_shuts_the_door_in_the_other(accounts):
    one = open_app(ANN)
    two = open_app(ANN, issued=one.user["iat"])
    assert is_inside(two)
    next(button for button in one.button if button.label == "Sign out").click().run()
    assert is_the_door(two.run())
    assert reasons(two) == [ENDED]
    assert is_the_door(go(two, "upload"))
    # The old cookie in a new window is of no use either.
    assert is_the_door(open_app(ANN, issued=two.user["iat"]))
    actions = [each for each in accounts.audit_log()["action"] if each.startswith("sign")]
    assert actions == ["sign_out", "sign_in"]


# --- rights that change in the middle of a visit ---------------------------------------------


@pytest.fixture(scope="module")
def filled_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    address = f"sqlite:///{tmp_path_factory.mktemp('doors') / 'store.db'}"
    fill(Store(address))
    return address


@pytest.fixture
def filled(filled_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Three sites with data; Bea's account as it was before each test."""
    monkeypatch.setenv(DATABASE_VARIABLE, filled_url)
    store = Store(filled_url)
    yield store
    bea = VISITORS["two sites"]
    store.change_account(bea.email, role=bea.role, sites=bea.sites, active=True)


BEA = VISITORS["two sites"]


def test_a_site_taken_away_is_gone_at_the_next_click(filled: Store):
    app = go(open_app(BEA), "site", site="croydon")
    assert "CRO-" in sent(app)
    filled.change_account(BEA.email, sites=["Dorset"])
    app.run()
    assert refusals(app) == ["There is no site 'croydon' that you can open."]
    for file in FILES:
        text = sent(go(app, file))
        assert traces(text, MARKS["Croydon"]) == set()


def test_the_choice_of_the_overview_goes_with_the_site(filled: Store):
    app = open_app(BEA)
    app.selectbox(key="home_site").select("dorset").run()
    app.selectbox(key="home_site").select("croydon").run()
    assert "Croydon" in sent(app)
    filled.change_account(BEA.email, sites=["Dorset"])
    assert is_inside(app.run())
    assert traces(sent(app), MARKS["Croydon"]) == set()


def test_an_account_switched_off_is_outside_at_the_next_click(filled: Store):
    app = go(open_app(BEA), "site", site="croydon")
    filled.change_account(BEA.email, active=False)
    assert is_the_door(app.run())
    assert reasons(app) == [NO_ACCOUNT]
    assert traces(sent(app), MARKS["Croydon"]) == set()
    filled.change_account(BEA.email, active=True)
    app.run()
    assert "CRO-" in sent(app)


@pytest.mark.parametrize("role", ["researcher", "data_manager"])
def test_another_role_counts_at_the_next_click(filled: Store, role: str):
    app = go(open_app(BEA), "site", site="croydon")
    filled.change_account(BEA.email, role=role, sites=[])
    app.run()
    assert refusals(app) == [NOT_YOURS]
    assert not app.table
    assert "CRO-" not in sent(go(app, "home"))
    go(app, "rules")
    assert refusals(app) == ([NOT_YOURS] if role == "researcher" else [])


# --- two people, one server ----------------------------------------------------------------------


def test_what_is_kept_for_one_is_not_shown_to_another(filled: Store):
    """A site first, then others who see more of it, then the site again, in one process."""
    ann = open_app(ANN)
    mine = {file: _shown(ann, file, "dorset") for file in FILES}
    for name in ("two sites", "own computer"):
        other = open_app(VISITORS[name])
        for file in FILES:
            _shown(other, file, "gateshead" if name == "own computer" else "")
        if name == "own computer":  # who is shown everything is not given a part for the whole
            assert {"23.7", "GAT-"} <= traces(
                _shown(other, "site", "gateshead"), MARKS["Gateshead"]
            )
            assert all(site in _shown(other, "home", "") for site in MARKS)
    for file in FILES:
        text = _shown(ann, file, "dorset")
        assert text == mine[file], file
        assert traces(text, MARKS["Croydon"]) | traces(text, MARKS["Gateshead"]) == set()


# Streamlit gives each file on offer a name of its own.
_MADE_UP = re.compile(r"\b[0-9a-f]{32}\b")
_OF_ONE_SITE = {
    "site", "due", "children", "sessions", "follow_up", "service_use", "training", "quality",
    "report",
}  # fmt: skip


def _shown(app: AppTest, file: str, site: str) -> str:
    text = sent(go(app, file, **({"site": site} if site and file in _OF_ONE_SITE else {})))
    return _MADE_UP.sub("", text)


# --- what the log says ------------------------------------------------------------------------


def test_the_log_says_who_saw_which_site_and_who_was_refused(filled: Store):
    before = len(filled.audit_log())
    app = go(open_app(BEA), "site", site="croydon")
    app.run()
    go(app, "due", site="dorset")
    go(app, "export")
    go(app, "export")
    log = filled.audit_log()
    log = log.iloc[: len(log) - before].iloc[::-1]
    rows = list(log[["who", "action", "site", "reference"]].itertuples(index=False, name=None))
    assert [row for row in rows if row[1] != "sign_in"] == [
        (BEA.email, "view", "", "page home"),
        (BEA.email, "view", "croydon", "page site"),
        (BEA.email, "view", "dorset", "page due"),
        (BEA.email, "denied", "", "page export"),
    ]
    assert not any(code in " ".join(log["reference"]) for code in ("CRO-", "DOR-"))
    assert filled.verify_audit().ok


# --- nothing goes round it ------------------------------------------------------------------------

# Files of the pages that may open the store as it is, and what each of them needs it for.
OPENERS = {
    "pages/shell/loaders.py": "guards it, and works out what is kept for everybody",
    "pages/shell/downloads.py": "asks again before a file is made",
    "pages/shell/sign_in.py": "asks who may enter",
    "pages/shell/media_gate.py": "asks whether a visit goes on",
}
# Functions that run before the script does, when nobody has been asked for yet who is here.
BEFORE_THE_SCRIPT = {"st.login", "st.logout", "_sign_out", "remember"}


def page_files() -> Iterator[tuple[str, ast.Module]]:
    for path in [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_only_one_module_knows_the_store_without_its_guard():
    for name, tree in page_files():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                if node.module == "evaluation.store.repository":
                    assert "Store" not in names or name == "pages/shell/database.py", name
                if node.module == "pages.shell.database":
                    assert name in OPENERS, name
                assert node.module != "evaluation.store.custody", name
            if isinstance(node, ast.Attribute):
                assert node.attr != "_store", name
    for name in OPENERS:
        assert (ROOT / name).is_file()


def test_nothing_acts_before_it_is_known_who_is_here():
    """A callback of a widget runs with the rights of the click before."""
    for name, tree in page_files():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in ("on_click", "on_change", "on_submit"):
                if isinstance(node.value, ast.Constant):
                    assert node.value.value in ("ignore", "rerun"), name
                else:
                    assert ast.unparse(node.value) in BEFORE_THE_SCRIPT, name


def test_no_part_of_a_page_is_drawn_again_by_itself():
    """A fragment runs without `app.py`, so without asking who is here; one asks on its own."""
    fragments = [
        (name, node.name) for name, tree in page_files() for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any("fragment" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]  # fmt: skip
    assert fragments == [("pages/shell/sign_in.py", "watch_the_time")]
