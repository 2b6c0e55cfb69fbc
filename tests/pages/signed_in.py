"""Pages as different people open them, and everything that a page sends to the browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.ipc
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from evaluation.access import Scope
from evaluation.model import Problem
from evaluation.store.repository import Store
from tests.evaluation.store.uploads import counted, row, upload, used

ROOT = Path(__file__).resolve().parents[2]
AUTH = {
    "redirect_uri": "https://dashboard.council.test/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 4,
    "client_id": "an-application",
    "client_secret": "its-password",
    "server_metadata_url": "https://login.council.test/.well-known/openid-configuration",
}
# What somebody opens on a page to see all of it.
DEPTHS = (
    "distribution", "jacobson", "bands", "course", "partners", "sensitivity", "evidence",
    "how_far", "individual", "statistics", "workings",
)  # fmt: skip
DEEPER = (*(f"depth_{name}" for name in DEPTHS), "lost_comparisons", "lost_models", "partners")


@dataclass(frozen=True)
class Visitor:
    """Somebody with an account, or (without a role) whoever sits at a computer of their own."""

    role: str = ""
    sites: tuple[str, ...] = ()
    email: str = ""


VISITORS = {
    "own computer": Visitor(),
    "site": Visitor("site", ("Dorset",), "ann@council.test"),
    "two sites": Visitor("site", ("Dorset", "Croydon"), "bea@council.test"),
    "researcher": Visitor("researcher", (), "cal@council.test"),
    "researcher of two": Visitor("researcher", ("Dorset", "Croydon"), "dan@council.test"),
    "data manager": Visitor("data_manager", (), "eve@council.test"),
}


# The same people, for what is asked without a page; letters for the tables of the tests.
_TWO = frozenset({"dorset", "croydon"})
SCOPES = {
    "L": Scope("here", "local"),
    "S": Scope("ann@council.test", "site", frozenset({"dorset"})),
    "T": Scope("bea@council.test", "site", _TWO),
    "R": Scope("cal@council.test", "researcher"),
    "r": Scope("dan@council.test", "researcher", _TWO),
    "D": Scope("eve@council.test", "data_manager"),
}


@dataclass(frozen=True)
class Marks:
    """What gives a site away wherever it stands: its name, and what only its uploads hold."""

    name: str
    code: str
    couple: str
    file: str
    wrong: str
    indicator: str
    numbers: tuple[float, ...] = field(default=())

    @property
    def of_people(self) -> tuple[str, ...]:
        return (self.code, self.couple, self.file, self.wrong)


# Averages before and after that no other number of the programme equals.
MARKS = {
    "Dorset": Marks("Dorset", "DOR-", "DC-", "dor_upload.csv", "dor%wrong", "dormice", (12.3, 6.6)),
    "Croydon": Marks(
        "Croydon", "CRO-", "CC-", "cro_upload.csv", "cro%wrong", "crocuses", (15.4, 10.9)
    ),
    "Gateshead": Marks(
        "Gateshead", "GAT-", "GC-", "gat_upload.csv", "gat%wrong", "gatherings", (23.7, 3.1)
    ),
}
PEOPLE = 40
_SIGN_INS = count()
SERVICE = {
    "referred_on": "2017-01-01", "took_up": True, "started_on": "2017-01-10",
    "ended_on": "2017-05-10", "ending": "completed as planned", "sessions_offered": 8,
    "sessions_attended": 6,
}  # fmt: skip


def fill(store: Store) -> Store:
    """Three sites that cannot be mistaken for each other, and an account for everybody."""
    for marks in MARKS.values():
        store.commit(_upload_of(marks))
    add_accounts(store)
    return store


def add_accounts(store: Store) -> None:
    for visitor in VISITORS.values():
        if visitor.role:
            store.add_account(visitor.email, role=visitor.role, sites=visitor.sites)


def _upload_of(marks: Marks) -> Any:
    """Forty parents, of whom eight have not answered at the end yet, and twelve practitioners."""
    before, after = (_totals(mean) for mean in marks.numbers)
    rows, service, indicators = [], [], []
    for person in range(PEOPLE):
        code, couple = f"{marks.code}{person:03}", f"{marks.couple}{person // 2:03}"
        who = {
            "site": marks.name, "couple": couple, "role": "mother" if person % 2 else "father",
        }  # fmt: skip
        answered = [("baseline", "2017-01-15", before[person], None)]
        if person >= 8:
            answered.append(("end", "2017-05-15", after[person], None))
        if person >= 20:
            sessions = ((1, before[person]), (2, after[person]))
            answered += [("session", f"2017-02-{n:02}", total, n) for n, total in sessions]
        for wave, day, total, number in answered:
            occasion = {"completed_on": day, "session_number": number}
            rows.append(row(code, wave, phq9=_answers(total), **occasion, **who))
        service.append(used(code, site=marks.name, couple=couple, **SERVICE))
        for wave, n in (("baseline", 5 + person % 3), ("end", 2 + person % 2)):
            indicators.append(counted(code, marks.indicator, n, wave, site=marks.name))
    for person in range(12):
        who = {"site": marks.name, "role": "practitioner"}
        for wave, day, total in (("baseline", "2017-01-20", 6), ("post", "2017-01-21", 9)):
            answers = {"phq9": _answers(total + person % 3), "completed_on": day}
            rows.append(row(f"{marks.code}T{person:02}", wave, **answers, **who))
    return upload(
        *rows, service=tuple(service), indicators=tuple(indicators), name=marks.file,
        problems=(_to_correct(marks),), synthetic=True,
    )  # fmt: skip


def _to_correct(marks: Marks) -> Problem:
    return Problem(
        "no_number", "drop_cell", "It is no number.", "Type one.", marks.file, value=marks.wrong
    )


def _totals(mean: float) -> list[int]:
    """Whole numbers, different from person to person, with this average of each ten in a row."""
    spread = (-2, 2, -1, 1, 0, 0, 1, -1, 2, -2)
    low, tenths = int(mean), round(mean % 1 * 10)
    return [low + spread[n % 10] + (n * 7 % 10 < tenths) for n in range(PEOPLE)]


def _answers(total: int) -> dict[int, int]:
    return {item: (total + 9 - item) // 9 for item in range(1, 10)}


# --- opening pages -----------------------------------------------------------------------------


def open_app(visitor: Visitor, *, issued: float = 0.0, **claims: Any) -> AppTest:
    """The overview, as this person opens it first; ``claims`` are what the provider says else."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if visitor.role:
        sign_in(app, visitor.email, issued=issued, **claims)
    return app.run()


def sign_in(app: AppTest, address: str, *, issued: float = 0.0, **claims: Any) -> None:
    """What the program is told of somebody who has just signed in."""
    # Each sign-in at a second of its own, as people are not quick enough for two in one.
    now = int(issued or time.time() + next(_SIGN_INS))
    app.secrets = {"auth": dict(AUTH)}
    app.user = {
        "is_logged_in": True, "iss": "https://login.council.test", "sub": f"sub of {address}",
        "email": address, "iat": now, "exp": now + 3600,
    } | claims  # fmt: skip


def go(app: AppTest, file: str, **query: str) -> AppTest:
    """Another page, with all that is folded in it open."""
    for key in DEEPER:
        app.session_state[key] = True
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(str(ROOT / "pages" / "views" / f"{file}.py")).run()
    assert not app.exception, [(e.message, e.stack_trace[-3:]) for e in app.exception]
    return app


def forge(app: AppTest, key: str, value: str) -> AppTest:
    """What a browser could send back for a picker, whatever it was offered."""
    states = app._tree.get_widget_states()
    for state in states.widgets:
        if state.id == app.selectbox(key=key).proto.id:
            state.string_value = value
    app._run(states)
    return app


# --- what a page sends ---------------------------------------------------------------------------


def sent(app: AppTest) -> str:
    """Everything that goes to the browser: words, cells, options, links, charts and their data."""
    words = "\n".join(_walk(app))
    return words.replace("\\", "").replace("\N{WORD JOINER}", "")


def _walk(app: AppTest) -> Iterator[str]:
    waiting: list[Any] = [app._tree]
    while waiting:
        node = waiting.pop()
        waiting += getattr(node, "children", {}).values()
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            yield from _parts(proto)


def _parts(message: Message) -> Iterator[str]:
    for _, value in message.ListFields():
        yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Message):
        yield from _parts(value)
    elif isinstance(value, bytes):
        yield _table(value)
    elif isinstance(value, str | int | float):
        yield str(value)
    elif hasattr(value, "items"):
        for name, inner in value.items():
            yield str(name)
            yield from _texts(inner)
    else:
        for inner in value:
            yield from _texts(inner)


def _table(data: bytes) -> str:
    """A table that was sent as Arrow, its cells one by one; other bytes as they are."""
    try:
        table = pyarrow.ipc.open_stream(data).read_all()
    except pyarrow.ArrowInvalid:
        return data.decode(errors="replace")
    cells = [str(cell) for column in table.to_pydict().values() for cell in column]
    return "\n".join([*table.column_names, *cells])


_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?![\w.])")


def traces(text: str, marks: Marks, *, name: bool = True) -> set[str]:
    """Which marks of a site stand in a text; without ``name``: only what is about its people."""
    low = text.casefold()
    told = {mark for mark in marks.of_people if mark.casefold() in low}
    if name:
        told |= {mark for mark in (marks.name, marks.indicator) if mark.casefold() in low}
        numbers = {float(found) for found in _NUMBER.findall(text)}
        told |= {str(m) for m in marks.numbers if any(abs(m - n) < 1e-6 for n in numbers)}
    return told


def refusals(app: AppTest) -> list[str]:
    return [error.value for error in app.error]
