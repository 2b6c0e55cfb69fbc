"""Who may see and do what: the one place that decides, for every query, page and file.

What is not listed here is not allowed. Nobody who looks after accounts and people's rights also
sees results, and a site sees itself alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from evaluation.config import site_id

# Roles. ``local`` is whoever sits at a computer of their own, where nobody signs in.
LOCAL = "local"
SITE = "site"
RESEARCHER = "researcher"
DATA_MANAGER = "data_manager"
ROLES = (SITE, RESEARCHER, DATA_MANAGER)

# What can be done at one site ...
SEE_SITE = "see_site"  # exact numbers, and codes of people
REPORT_SITE = "report_site"  # results about one site, with small numbers hidden
ADD_DATA = "add_data"  # upload, and take uploads back
ERASE = "erase"  # people's rights, and how long data are kept
# ... and for the whole programme, by somebody who reaches every site.
SEE_PROGRAMME = "see_programme"  # results over all sites, with small numbers hidden
DEFINE = "define"  # questionnaires of the programme's own
SET_RULES = "set_rules"
MANAGE_ACCOUNTS = "manage_accounts"
READ_LOG = "read_log"
# Pages about nobody, for everybody who may enter.
ENTER = "enter"

SITE_ACTIONS = (SEE_SITE, REPORT_SITE, ADD_DATA, ERASE)
PROGRAMME_ACTIONS = (SEE_PROGRAMME, DEFINE, SET_RULES, MANAGE_ACCOUNTS, READ_LOG)
ACTIONS = (*SITE_ACTIONS, *PROGRAMME_ACTIONS, ENTER)

ALLOWED: Mapping[str, frozenset[str]] = {
    LOCAL: frozenset(ACTIONS),
    SITE: frozenset({ENTER, SEE_SITE, REPORT_SITE, ADD_DATA}),
    RESEARCHER: frozenset({ENTER, REPORT_SITE, SEE_PROGRAMME}),
    DATA_MANAGER: frozenset({ENTER, ERASE, DEFINE, SET_RULES, MANAGE_ACCOUNTS, READ_LOG}),
}

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# What a server adds to a request that came through it from another computer.
FORWARDED = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
)  # fmt: skip
SIGN_IN_KEYS = (
    "redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url",
)  # fmt: skip
# Where accounts of every organisation sign in, an address says nothing about who somebody is.
EVERYBODYS = ("/common/", "/organizations/", "/consumers/")
_PLACEHOLDERS = ("change", "<", "example", "xxx", "…", "...")


class AccessDenied(Exception):  # noqa: N818 - the field's term
    """Something that this person may not see or do; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person may reach: ``who`` for the log, the role, and site ids (``None`` = every).

    ``ValueError`` for a role that is not known, and for a site role without a list of sites.
    """

    who: str
    role: str
    sites: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.role not in ALLOWED:
            raise ValueError(f"role={self.role!r}: allowed are {', '.join(ALLOWED)}")
        if self.role == SITE and not self.sites:
            raise ValueError("sites: somebody who works for a site needs at least one site")

    def reaches(self, site: str) -> bool:
        """Whether a site (name or id) is among theirs, whatever is to be done there."""
        return self.sites is None or site_id(site) in self.sites

    def may(self, action: str, site: str = "") -> bool:
        """Whether they may do this, at this site; without a site: at any at all."""
        if action not in ACTIONS:
            raise ValueError(f"action={action!r}: allowed are {', '.join(ACTIONS)}")
        if action in PROGRAMME_ACTIONS and self.sites is not None:
            return False
        return action in ALLOWED[self.role] and (not site or self.reaches(site))

    def require(self, action: str, sites: Iterable[str] = ()) -> None:
        """``AccessDenied`` unless they may do this, at every one of these sites."""
        if not self.may(action):
            raise AccessDenied("Your account does not include this.")
        for site in sites:
            if not self.may(action, site) or not self.reaches(site):
                raise AccessDenied(f"Your account does not include the site '{site}'.")


def local_scope(who: str) -> Scope:
    """Whoever sits at this computer, where the data are theirs anyway."""
    return Scope(who, LOCAL)


def why_closed_locally(address: str | None, headers: Mapping[str, str]) -> str:
    """Why nobody may enter a server without sign-in; ``""`` where only this computer reaches it.

    ``address``: what the server listens to; ``headers``: of the request.
    """
    named = {name.casefold(): value for name, value in headers.items()}
    hosts = [named["host"]] if named.get("host") else []
    # A proxy may put this computer's name in place of its own; the browser still says its own.
    hosts += [urlsplit(named["origin"]).netloc] if "origin" in named else []
    if (address or "") not in LOOPBACK:
        return (
            "This server can be reached from other computers, but no sign-in is set up. Set one up "
            "(deploy/README.md), or start it for this computer alone."
        )
    if any(name in named for name in FORWARDED) or not all(map(_is_loopback, hosts)):
        return (
            "You came here from another computer, but no sign-in is set up. Ask whoever runs this "
            "server to set one up (deploy/README.md)."
        )
    return ""


def why_sign_in_fails(auth: Mapping[str, object], *, library: bool = True) -> str:
    """What is missing in the set-up of the sign-in, as a sentence; ``""`` if it is whole.

    ``library``: whether what signs people in is installed.
    """
    missing = [name for name in SIGN_IN_KEYS if not _is_set(auth.get(name))]
    if missing:
        return (
            "The sign-in is only half set up, so nobody may enter. Missing in secrets.toml under "
            f"[auth]: {', '.join(missing)}."
        )
    if len(str(auth["cookie_secret"])) < 32:
        return (
            "The sign-in's cookie_secret is too short, so nobody may enter: 32 characters or more."
        )
    if any(part in str(auth["server_metadata_url"]) for part in EVERYBODYS):
        return (
            "The sign-in is open to accounts of every organisation, so nobody may enter: put your "
            "own organisation's address into server_metadata_url."
        )
    if not library:
        return (
            "The sign-in needs a library that is not installed, so nobody may enter: "
            "install deploy/requirements.txt."
        )
    return ""


def _is_set(value: object) -> bool:
    text = str(value or "").strip()
    return bool(text) and not any(mark in text.casefold() for mark in _PLACEHOLDERS)


def _is_loopback(host: str) -> bool:
    return (urlsplit(f"//{host}").hostname or "") in LOOPBACK
