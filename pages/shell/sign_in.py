"""Who is here, and what they may reach: settled before any page is drawn.

On one's own computer nobody signs in, and nobody else gets in. Where a sign-in is set up, the
identity provider says who somebody is and our accounts say what they may see. Whatever is half
set up lets nobody in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import streamlit as st

from evaluation.access import Scope, local_scope, why_closed_locally, why_sign_in_fails
from evaluation.report.accounts_wording import ROLE_TITLES
from evaluation.store.visits import SignIn
from pages.shell.database import open_store

LOCAL_USER = "this computer (browser)"
SCOPE, SIGN_IN, NOTED = "access_scope", "access_sign_in", "access_noted"
# The scope of a file that is made after the page is done, where no session is known.
_for_a_file: ContextVar[Scope | None] = ContextVar("scope_for_a_file", default=None)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is here: what they may reach, or why they may not enter; ``signs_in``: by a sign-in."""

    scope: Scope | None
    reason: str = ""
    sign_in: SignIn | None = None
    signs_in: bool = False


def find_visitor() -> Visitor:
    """Who is behind this click; nothing is drawn."""
    visitor = _find()
    st.session_state[SCOPE] = visitor.scope
    st.session_state[SIGN_IN] = visitor.sign_in
    return visitor


def _find() -> Visitor:
    auth = sign_in_settings()
    if auth is None:
        why = why_closed_locally(st.get_option("server.address"), st.context.headers.to_dict())
        return Visitor(None, why) if why else Visitor(local_scope(LOCAL_USER))
    why = why_sign_in_fails(auth, library=find_spec("authlib") is not None)
    if why:
        return Visitor(None, why)
    if not st.user.get("is_logged_in", False):
        return Visitor(None, signs_in=True)
    sign_in = read_sign_in(st.user.to_dict())
    if sign_in is None:
        return Visitor(None, "The sign-in does not say who you are.", signs_in=True)
    entry = open_store().enter(sign_in)
    return Visitor(entry.scope, entry.reason, sign_in, signs_in=True)


def sign_in_settings() -> Mapping[str, Any] | None:
    """What secrets.toml says of the sign-in; ``None`` without any such file or section.

    A file that cannot be read counts as one that says nothing of a sign-in which is wanted.
    """
    if not st.secrets.load_if_toml_exists():
        there = any(Path(path).exists() for path in st.get_option("secrets.files"))
        return {} if there else None
    if "auth" not in st.secrets:
        return None
    return dict(st.secrets["auth"])


def read_sign_in(claims: Mapping[str, Any]) -> SignIn | None:
    """What the identity provider says; ``None`` if it leaves out who or when."""
    issued, expires = _moment(claims.get("iat")), _moment(claims.get("exp"))
    if not claims.get("sub") or not claims.get("iss") or issued is None or expires is None:
        return None
    email = str(claims.get("email") or "")
    return SignIn(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=email,
        email_verified=bool(email) and claims.get("email_verified", True) is True,
        issued_at=issued,
        expires_at=expires,
    )


def _moment(seconds: Any) -> dt.datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).replace(tzinfo=None)


def current_scope() -> Scope:
    """What whoever is here may reach; nobody gets this far without."""
    scope = _for_a_file.get() or st.session_state.get(SCOPE)
    if scope is None:
        raise RuntimeError("scope: asked for before anybody was let in")
    return scope


def current_sign_in() -> SignIn | None:
    """The sign-in behind this visit; ``None`` on one's own computer."""
    return st.session_state.get(SIGN_IN)


def note_once(*what: str) -> bool:
    """Whether this is the first time in this visit; never on one's own computer."""
    if current_sign_in() is None:
        return False
    noted = st.session_state.setdefault(NOTED, set())
    if what in noted:
        return False
    noted.add(what)
    return True


@contextmanager
def acting_as(scope: Scope) -> Iterator[None]:
    """Make a file for somebody after their page is done."""
    token = _for_a_file.set(scope)
    try:
        yield
    finally:
        _for_a_file.reset(token)


def show_door(visitor: Visitor) -> None:
    """What somebody sees who is not in: why, and the way in."""
    if visitor.reason:
        (st.warning if visitor.signs_in else st.error)(visitor.reason)
    if not visitor.signs_in:
        return
    st.markdown(
        "This is for people who work with the evaluation. Sign in with the account of your "
        "organisation. If you came by a link, open it again afterwards."
    )
    if visitor.sign_in is None:
        st.button("Sign in", type="primary", on_click=st.login)
    else:
        st.button("Sign in again", type="primary", on_click=st.logout)


def show_who(visitor: Visitor) -> None:
    """Who is signed in, and the way out; it stays at the side of every page."""
    if visitor.scope is None or visitor.sign_in is None:
        return
    # Not as formatted text, which would make a link of the address.
    st.text(f"Signed in as {visitor.scope.who}. {ROLE_TITLES[visitor.scope.role]}.")
    st.button("Sign out", on_click=_sign_out, args=(visitor.sign_in,))


def _sign_out(sign_in: SignIn) -> None:
    open_store().leave(sign_in)
    st.logout()


@st.fragment(run_every=60)
def watch_the_time(sign_in: SignIn) -> None:
    """Clear the screen when the visit is over, also where nobody clicks any more."""
    if open_store().over(sign_in):
        st.rerun()
