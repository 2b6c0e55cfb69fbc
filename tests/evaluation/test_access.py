"""Who may do what, as a table written by hand; and the doors that stay shut."""

from __future__ import annotations

import pytest

from evaluation import access
from evaluation.access import AccessDenied, Scope, why_closed_locally, why_sign_in_fails

WHOLE = {
    "redirect_uri": "https://dashboard.council.test/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 4,
    "client_id": "an-application",
    "client_secret": "its-password",
    "server_metadata_url": "https://login.council.test/.well-known/openid-configuration",
}
SCOPES = {
    "local": Scope("here", "local"),
    "site": Scope("ann", "site", frozenset({"dorset"})),
    "two sites": Scope("bea", "site", frozenset({"dorset", "croydon"})),
    "researcher": Scope("cal", "researcher"),
    "researcher of some": Scope("dan", "researcher", frozenset({"dorset", "croydon"})),
    "data manager": Scope("eve", "data_manager"),
    "data manager of some": Scope("fay", "data_manager", frozenset({"dorset"})),
}
EVERY, OWN, NONE = "every", "own", "none"
SITES = ("dorset", "croydon", "essex")
# Whose own: the sites that each of them reaches.
OWN_SITES = {
    "site": {"dorset"}, "two sites": {"dorset", "croydon"},
    "researcher of some": {"dorset", "croydon"}, "data manager of some": {"dorset"},
}  # fmt: skip
# At which sites they may see_site, report_site, add_data, erase.
AT_SITES = {
    "local":                (EVERY, EVERY, EVERY, EVERY),
    "site":                 (OWN,   OWN,   OWN,   NONE),
    "two sites":            (OWN,   OWN,   OWN,   NONE),
    "researcher":           (NONE,  EVERY, NONE,  NONE),
    "researcher of some":   (NONE,  OWN,   NONE,  NONE),
    "data manager":         (NONE,  NONE,  NONE,  EVERY),
    "data manager of some": (NONE,  NONE,  NONE,  OWN),
}  # fmt: skip
# Whether they may see_programme, define, set_rules, manage_accounts, read_log, enter.
FOR_ALL = {
    "local":                (True,  True,  True,  True,  True,  True),
    "site":                 (False, False, False, False, False, True),
    "two sites":            (False, False, False, False, False, True),
    "researcher":           (True,  False, False, False, False, True),
    "researcher of some":   (False, False, False, False, False, True),
    "data manager":         (False, True,  True,  True,  True,  True),
    "data manager of some": (False, False, False, False, False, True),
}  # fmt: skip


def test_the_tables_know_every_role_and_every_action():
    assert {scope.role for scope in SCOPES.values()} == set(access.ALLOWED)
    assert access.SITE_ACTIONS == ("see_site", "report_site", "add_data", "erase")
    assert (*access.PROGRAMME_ACTIONS, access.ENTER) == (
        "see_programme", "define", "set_rules", "manage_accounts", "read_log", "enter",
    )  # fmt: skip
    assert AT_SITES.keys() == FOR_ALL.keys() == SCOPES.keys()


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("who", SCOPES)
def test_what_may_be_done_at_a_site(who, site):
    expected = [
        where == EVERY or (where == OWN and site in OWN_SITES[who]) for where in AT_SITES[who]
    ]
    assert [SCOPES[who].may(action, site) for action in access.SITE_ACTIONS] == expected
    for action, allowed in zip(access.SITE_ACTIONS, expected, strict=True):
        if allowed:
            SCOPES[who].require(action, [site])
        else:
            with pytest.raises(AccessDenied):
                SCOPES[who].require(action, [site])


@pytest.mark.parametrize("who", SCOPES)
def test_what_may_be_done_for_all(who):
    actions = (*access.PROGRAMME_ACTIONS, access.ENTER)
    assert tuple(SCOPES[who].may(action) for action in actions) == FOR_ALL[who]


@pytest.mark.parametrize("who", ["site", "two sites", "researcher of some"])
def test_one_site_too_many_denies_them_all(who):
    with pytest.raises(AccessDenied, match="'Essex'"):
        SCOPES[who].require(access.REPORT_SITE, ["Dorset", "Essex"])


@pytest.mark.parametrize("name", ["", " ", "--", "ALL", "é"])
def test_what_is_no_site_is_nobodys_site(name):
    """A blank name must not count as 'any site at all'."""
    for who in OWN_SITES:
        action = access.ERASE if "manager" in who else access.REPORT_SITE
        with pytest.raises(AccessDenied):
            SCOPES[who].require(action, [name])


@pytest.mark.parametrize("name", ["Dorset", "dorset", "DORSET", " Dorset "])
def test_a_site_is_known_by_name_and_by_id(name):
    assert SCOPES["site"].reaches(name)
    assert not SCOPES["site"].reaches("Dorset 2")
    assert not SCOPES["site"].reaches("North Dorset")


def test_scopes_and_actions_that_cannot_be():
    with pytest.raises(ValueError, match="role='admin'"):
        Scope("x", "admin")
    for sites in (None, frozenset()):
        with pytest.raises(ValueError, match="at least one site"):
            Scope("x", "site", sites)
    with pytest.raises(ValueError, match="action='read'"):
        SCOPES["local"].may("read")
    assert not Scope("x", "researcher", frozenset()).may(access.REPORT_SITE, "dorset")
    assert not Scope("x", "researcher", frozenset()).may(access.SEE_PROGRAMME)


def test_a_refusal_never_tells_what_there_is():
    """The same words for a site that exists and for one that does not."""
    texts = []
    for name in ("Essex", "Nowhere"):
        with pytest.raises(AccessDenied) as refused:
            SCOPES["site"].require(access.SEE_SITE, [name])
        texts.append(str(refused.value).replace(name, "…"))
    assert texts[0] == texts[1]


# --- on one's own computer ----------------------------------------------------------------------

HERE = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
@pytest.mark.parametrize(
    "headers",
    [{}, HERE, {"host": "127.0.0.1:8501"}, {"Host": "[::1]:8501", "Origin": "http://[::1]:8501"},
     {"HOST": "LOCALHOST"}],
)  # fmt: skip
def test_this_computer_needs_no_sign_in(address, headers):
    assert why_closed_locally(address, headers) == ""


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.7", "myhost", "127"])
def test_a_server_that_others_reach_is_closed(address):
    assert "no sign-in is set up" in why_closed_locally(address, HERE)


@pytest.mark.parametrize(
    "headers",
    [
        HERE | {"X-Forwarded-For": "10.0.0.8"},
        HERE | {"x-forwarded-for": ""},
        HERE | {"X-Forwarded-Host": "dashboard.council.test"},
        HERE | {"X-Forwarded-Proto": "https"},
        HERE | {"X-Real-IP": "10.0.0.8"},
        HERE | {"Forwarded": "for=10.0.0.8"},
        HERE | {"Via": "1.1 proxy"},
        {"Host": "dashboard.council.test"},
        {"Host": "192.168.1.7:8501"},
        {"Host": "localhost.evil.test"},
        {"Host": "evil.test@localhost.evil.test:8501"},
        {"Host": "127.0.0.1.nip.io:8501"},
        # A proxy that rewrites the host and adds nothing: the browser still says where it is.
        HERE | {"Origin": "https://dashboard.council.test"},
        HERE | {"Origin": "null"},
    ],
    ids=lambda headers: next(reversed([f"{k}: {v}" for k, v in headers.items()])),
)  # fmt: skip
def test_whoever_comes_from_elsewhere_stays_outside(headers):
    assert "no sign-in is set up" in why_closed_locally("127.0.0.1", headers)


# --- the set-up of the sign-in ------------------------------------------------------------------


def test_a_whole_set_up_fails_nowhere():
    assert why_sign_in_fails(WHOLE) == ""


@pytest.mark.parametrize("key", WHOLE)
@pytest.mark.parametrize("value", [None, "", "  ", 0, "CHANGE ME", "<your own>", "xxx", "…"])
def test_each_key_is_needed(key, value):
    half = dict(WHOLE) if value is None else WHOLE | {key: value}
    if value is None:
        del half[key]
    assert key in why_sign_in_fails(half)
    assert not any(
        str(secret) in why_sign_in_fails(half) for name, secret in WHOLE.items() if name != key
    )


def test_a_short_cookie_secret_or_a_missing_library_lets_nobody_in():
    assert "32 characters" in why_sign_in_fails(WHOLE | {"cookie_secret": "a" * 31})
    assert why_sign_in_fails(WHOLE | {"cookie_secret": "a" * 32}) == ""
    assert "not installed" in why_sign_in_fails(WHOLE, library=False)


def test_nothing_at_all_lets_nobody_in():
    assert all(key in why_sign_in_fails({}) for key in WHOLE)


@pytest.mark.parametrize("tenant", ["common", "organizations", "consumers"])
def test_an_address_for_everybodys_accounts_lets_nobody_in(tenant):
    """There anybody can put anybody's e-mail address into an account of their own."""
    address = f"https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration"
    assert why_sign_in_fails(WHOLE | {"server_metadata_url": address})
