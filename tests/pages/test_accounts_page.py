"""Who may enter: let in, changed, switched off, and never by oneself."""

from __future__ import annotations

import importlib.util

import pytest

from evaluation.store.engine import StoreError
from tests.pages.signed_in import Visitor, go, open_app

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("authlib") is None, reason="what signs people in is not installed"
)
ME, OTHER = "ann@council.test", "ben@luton.test"


def sign_in(store, address: str, role: str, *sites: str, file: str):
    """A page as somebody opens it who has an account."""
    if store.account(address) is None:
        store.add_account(address, role=role, sites=sites)
    return go(open_app(Visitor(role, sites, address)), file)


def button(app, label: str):
    return next(b for b in app.button if label in b.label)


def field(kind, label: str):
    return next(widget for widget in kind if label in widget.label)


def opened(store):
    return sign_in(store, ME, "data_manager", file="accounts")


def chosen(store, visit, subject: str):
    """The page with somebody's account open to be changed."""
    app = visit.check(opened(store))
    return visit.check(field(app.selectbox, "Whose account").set_value(subject).run())


def test_nobody_keeps_accounts_where_nobody_signs_in(store, visit):
    app = visit.check(visit.open_page("accounts"))
    assert not app.table and not app.header


@pytest.mark.parametrize(
    ("role", "sites"), [("site", ["Luton"]), ("researcher", []), ("data_manager", ["Luton"])]
)
def test_others_see_no_accounts(store, visit, role, sites):
    store.add_account(ME, role="data_manager")
    app = visit.check(sign_in(store, OTHER, role, *sites, file="accounts"))
    assert len(app.error) == 1 and not app.table
    assert ME not in visit.words(app)


def test_somebody_is_let_in_for_two_sites(store, visit):
    app = visit.check(opened(store))
    assert [header.value for header in app.header] == [
        "Who may enter", "Let somebody in", "Change an account",
    ]  # fmt: skip
    field(app.text_input, "E-mail").set_value(" Ben@Luton.test ")
    field(app.selectbox, "What they do").set_value("site")
    app.multiselect[0].set_value(["luton", "croydon"])
    visit.check(button(app, "Let them in").click().run())
    assert "ben@luton.test may enter: works for a site; Croydon, Luton." in visit.words(app)
    account = store.account(OTHER)
    assert (account.role, account.sites, account.active) == ("site", ("croydon", "luton"), True)
    assert store.audit_log()["who"].iloc[0] == ME
    # The form is empty again, and a second account for the same person is refused.
    assert field(app.text_input, "E-mail").value == ""
    field(app.text_input, "E-mail").set_value(OTHER)
    field(app.selectbox, "What they do").set_value("researcher")
    field(app.checkbox, "Every site").check()
    visit.check(button(app, "Let them in").click().run())
    assert "There is an account for" in app.error[0].value
    assert store.account(OTHER).role == "site"


@pytest.mark.parametrize("address", ["", "ben", "a@b@c", "ben @luton.test", "a@b.uk,c@d.uk", "@x"])
def test_what_is_no_address_is_refused(store, visit, address):
    app = visit.check(opened(store))
    field(app.text_input, "E-mail").set_value(address)
    field(app.selectbox, "What they do").set_value("researcher")
    visit.check(button(app, "Let them in").click().run())
    assert len(app.error) == 1
    assert [account.subject for account in store.accounts()] == [ME]


def test_a_site_role_needs_a_site(store, visit):
    app = visit.check(opened(store))
    field(app.text_input, "E-mail").set_value(OTHER)
    field(app.selectbox, "What they do").set_value("site")
    visit.check(button(app, "Let them in").click().run())
    assert "Choose the sites" in app.error[0].value
    field(app.checkbox, "Every site").check()
    visit.check(button(app, "Let them in").click().run())
    assert "at least one site" in app.error[0].value
    assert store.account(OTHER) is None


def test_role_and_sites_are_changed_and_an_account_switched_off_and_on(store, visit):
    store.add_account(OTHER, role="site", sites=["Luton"])
    app = chosen(store, visit, OTHER)
    role = [box for box in app.selectbox if box.label == "What they do"][1]
    assert role.value == "site"
    assert app.multiselect[1].value == ["luton"]
    role.set_value("researcher")
    app.multiselect[1].set_value([])
    visit.check(button(app, "Keep these changes").click().run())
    assert "Choose the sites" in app.error[0].value
    app.checkbox[1].check()
    visit.check(button(app, "Keep these changes").click().run())
    assert (store.account(OTHER).role, store.account(OTHER).sites) == ("researcher", ())
    for label, active in (("Switch this account off", False), ("Switch this account on", True)):
        app = chosen(store, visit, OTHER)
        visit.check(button(app, label).click().run())
        assert store.account(OTHER).active is active


def test_the_next_sign_in_has_the_account(store, visit):
    visit.check(sign_in(store, OTHER, "researcher", file="home"))
    assert store.account(OTHER).identity
    app = chosen(store, visit, OTHER)
    visit.check(button(app, "Let the next sign-in").click().run())
    assert store.account(OTHER).identity == ""
    app = chosen(store, visit, OTHER)
    assert not [b for b in app.button if "Let the next" in b.label]


def test_nobody_changes_their_own_account(store, visit):
    store.add_account(OTHER, role="researcher")
    app = visit.check(opened(store))
    assert list(field(app.selectbox, "Whose account").options) == [OTHER]


def test_the_last_data_manager_stays(store, visit):
    """The other one was let in for all sites and has gone in the meantime."""
    store.add_account(OTHER, role="data_manager")
    app = chosen(store, visit, OTHER)
    visit.check(button(app, "Switch this account off").click().run())
    with pytest.raises(StoreError, match="only data manager"):
        store.change_account(ME, active=False)


def test_an_address_is_shown_as_it_was_typed(store, visit):
    store.add_account("[x](http://a)@b.test", role="researcher")
    app = visit.check(opened(store))
    assert r"\[x\]" in app.table[0].value["Who"].iloc[0]
