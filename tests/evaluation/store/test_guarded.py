"""Every method of the guarded store for every kind of person: allowed or denied, by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from evaluation.access import AccessDenied, Scope
from evaluation.model import Problem
from evaluation.store.engine import StoreError
from evaluation.store.guarded import GuardedStore
from evaluation.store.releases import Release
from evaluation.store.repository import Store
from tests.evaluation.store.uploads import counted, row, upload, used

SCOPES = {
    "L": Scope("here", "local"),
    "S": Scope("ann", "site", frozenset({"dorset"})),
    "T": Scope("bea", "site", frozenset({"dorset", "croydon"})),
    "R": Scope("cal", "researcher"),
    "r": Scope("dan", "researcher", frozenset({"dorset", "croydon"})),
    "D": Scope("eve", "data_manager"),
    "d": Scope("fay", "data_manager", frozenset({"dorset"})),
}
DEFINITION = """
- id: ours
  name: Ours
  items: 2
  minimum: 0
  maximum: 4
  scales:
    - {id: total, label: Ours, items: [1, 2], better: higher}
"""


def of(*sites: str) -> Any:
    """An upload with one row of each of these sites."""
    name = f"{'_'.join(sites) or 'nobody'}.csv"
    return upload(*(row("NEW", site=site, phq9={1: 1}) for site in sites), name=name)


def only_used(site: str) -> Any:
    return upload(service=(used("NEW", site=site, sessions=3),), name="used.csv")


def only_counted(site: str) -> Any:
    return upload(indicators=(counted("NEW", site=site),), name="counted.csv")


Call = Callable[[GuardedStore], Any]
# The imports of `filled`: 1 of Dorset, 2 of Essex, 3 of both.
CASES: tuple[tuple[str, str, str, Call], ...] = (
    # method, about what, who may (of SCOPES), how it is called
    ("sites", "", "LSTRrDd", lambda s: s.sites()),
    ("known_sites", "", "LSTRrDd", lambda s: s.known_sites()),
    ("snapshot", "", "LSTRrDd", lambda s: s.snapshot()),
    ("local_questionnaires", "", "LSTRrDd", lambda s: s.local_questionnaires(earlier=True)),
    ("definition_versions", "", "LSTRrDd", lambda s: s.definition_versions()),
    ("current_rule_file", "", "LSTRrDd", lambda s: s.current_rule_file()),
    ("earlier_imports", "", "LST", lambda s: s.earlier_imports(["0" * 64])),
    ("screen", "own site", "LST", lambda s: s.screen(of("Dorset"))),
    ("screen", "another site", "L", lambda s: s.screen(of("Essex"))),
    ("screen", "a new site", "L", lambda s: s.screen(of("Atlantis"))),
    ("screen", "both", "L", lambda s: s.screen(of("Dorset", "Essex"))),
    ("preview", "own site", "LST", lambda s: s.preview(of("Dorset"))),
    ("preview", "another site", "L", lambda s: s.preview(of("Essex"))),
    ("preview", "both", "L", lambda s: s.preview(of("Dorset", "Essex"))),
    ("preview", "both of two", "LT", lambda s: s.preview(of("Dorset", "Croydon"))),
    ("preview", "another's service use", "L", lambda s: s.preview(only_used("Essex"))),
    ("preview", "another's indicators", "L", lambda s: s.preview(only_counted("Essex"))),
    ("commit", "own site", "LST", lambda s: s.commit(of("Dorset"))),
    ("commit", "another site", "L", lambda s: s.commit(of("Essex"))),
    ("commit", "both", "L", lambda s: s.commit(of("Dorset", "Essex"))),
    ("commit", "both of two", "LT", lambda s: s.commit(of("Dorset", "Croydon"))),
    ("commit", "another's service use", "L", lambda s: s.commit(only_used("Essex"))),
    ("commit", "another's indicators", "L", lambda s: s.commit(only_counted("Essex"))),
    ("commit", "nobody", "LST", lambda s: s.commit(of())),
    ("saved_mappings", "own site", "LST", lambda s: s.saved_mappings("Dorset")),
    ("saved_mappings", "another site", "L", lambda s: s.saved_mappings("essex")),
    # Who is limited to some sites is told of none; who reaches all of them needs the right.
    ("saved_mappings", "several", "LSTrd", lambda s: s.saved_mappings("")),
    ("undo_warning", "own site", "LST", lambda s: s.undo_warning(1)),
    ("undo_warning", "another site", "L", lambda s: s.undo_warning(2)),
    ("undo_warning", "both", "L", lambda s: s.undo_warning(3)),
    ("undo_warning", "none such", "L", lambda s: s.undo_warning(999)),
    ("undo", "own site", "LST", lambda s: s.undo(1)),
    ("undo", "another site", "L", lambda s: s.undo(2)),
    ("undo", "both", "L", lambda s: s.undo(3)),
    ("imports", "", "LST", lambda s: s.imports()),
    ("to_fix", "", "LST", lambda s: s.to_fix()),
    ("decisions", "", "LST", lambda s: s.decisions()),
    ("load", "", "LST", lambda s: s.load()),
    ("save_definition", "", "LD", lambda s: s.save_definition(DEFINITION)),
    ("save_rule_file", "", "LD", lambda s: s.save_rule_file("alpha: 0.1\n")),
    ("rule_files", "", "LD", lambda s: s.rule_files()),
    ("erase", "own site", "LDd", lambda s: s.erase("Dorset", "P1")),
    ("erase", "another site", "LD", lambda s: s.erase("essex", "P1")),
    ("erase", "no site", "LD", lambda s: s.erase("", "P1")),
    ("expired", "", "LD", lambda s: s.expired(6)),
    ("erase_expired", "", "LD", lambda s: s.erase_expired(1200)),
    ("accounts", "", "LD", lambda s: s.accounts()),
    ("add_account", "", "LD", lambda s: s.add_account("new@b.org", role="researcher")),
    ("change_account", "another's", "LD", lambda s: s.change_account("x@b.org", active=False)),
    ("release_account", "", "LD", lambda s: s.release_account("x@b.org")),
    ("audit_log", "", "LD", lambda s: s.audit_log()),
    ("verify_audit", "", "LD", lambda s: s.verify_audit()),
    ("releases", "", "LD", lambda s: s.releases()),
    # What a person does is noted for everybody, whoever it is.
    ("record_release", "", "LSTRrDd", lambda s: s.record_release(Release("x", 1, "", "pass"))),
    ("record_export", "", "LSTRrDd", lambda s: s.record_export("worklist", ["Dorset"])),
    ("record_view", "", "LSTRrDd", lambda s: s.record_view("site", "dorset")),
    ("record_denied", "", "LSTRrDd", lambda s: s.record_denied("page site")),
)


def problem(file: str, value: str) -> Problem:
    return Problem("no_number", "drop_cell", "It is no number.", "Type one.", file, value=value)


@pytest.fixture
def filled(store: Store) -> Store:
    """Imports of Dorset, of Essex and of both, each with something to correct."""
    dorset = upload(
        row("P1", site="Dorset", phq9={1: 1}, couple="D-C1"), row("P2", site="Dorset"),
        service=(used("P1", site="Dorset", sessions=3),),
        indicators=(counted("P1", site="Dorset"),),
        name="dorset.csv", problems=(problem("dorset.csv", "of-dorset"),),
    )  # fmt: skip
    essex = upload(
        row("P1", site="Essex", phq9={1: 3}, couple="E-C1"), row("E9", site="Essex"),
        service=(used("P1", site="Essex", sessions=4),),
        indicators=(counted("P1", site="Essex"),),
        name="essex.csv", problems=(problem("essex.csv", "of-essex"),),
    )  # fmt: skip
    both = upload(
        row("B1", site="Dorset"), row("B1", site="Essex"),
        name="both.csv", problems=(problem("both.csv", "of-both"),),
    )  # fmt: skip
    for report in (dorset, essex, both):
        store.commit(report, by="somebody")
    store.add_account("x@b.org", role="researcher")
    return store


def outcome(call: Call, store: GuardedStore) -> bool:
    """Whether it was allowed; what the store itself has against it counts as allowed."""
    try:
        call(store)
    except AccessDenied:
        return False
    except StoreError:
        return True
    return True


def test_every_method_has_its_row():
    public = {
        name for name, _ in inspect.getmembers(GuardedStore, inspect.isfunction)
        if not name.startswith("_")
    }  # fmt: skip
    assert {method for method, *_ in CASES} == public


def test_nothing_public_leads_to_the_store_behind_it(store: Store):
    guarded = GuardedStore(store, SCOPES["S"])
    assert [name for name in vars(guarded) if not name.startswith("_")] == ["scope"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}".strip())
def test_who_may(filled: Store, case: tuple[str, str, str, Call]):
    """Those who may not ask first, so that a change by others hides nothing."""
    _, _, allowed, call = case
    refused = [who for who in SCOPES if who not in allowed]
    before = filled.audit_log()["hash"].tolist()
    assert [who for who in refused if outcome(call, GuardedStore(filled, SCOPES[who]))] == []
    assert filled.audit_log()["hash"].tolist() == before
    denied = [who for who in allowed if not outcome(call, GuardedStore(filled, SCOPES[who]))]
    assert denied == []


# --- what is within reach -------------------------------------------------------------------


@pytest.fixture
def ann(filled: Store) -> GuardedStore:
    return GuardedStore(filled, SCOPES["S"])


def test_a_site_knows_of_no_other(ann: GuardedStore):
    assert [site.name for site in ann.sites()] == ["Dorset"]
    assert ann.known_sites() == {"dorset": "Dorset"}


def test_a_site_reads_its_own_answers_alone(ann: GuardedStore):
    dataset = ann.load()
    for table in (
        dataset.participants, dataset.records, dataset.service_use, dataset.indicators
    ):  # fmt: skip
        assert set(table["site"]) == {"Dorset"}
    assert set(dataset.participants["participant"]) == {"P1", "P2", "B1"}
    assert "E-C1" not in set(dataset.participants["couple"])
    assert dataset.answers["phq9"][1].tolist() == [1.0]
    assert dataset.answers["phq9"].index.isin(dataset.records.index).all()
    assert dataset.reasons["record"].isin(dataset.records.index).all()


def test_a_site_sees_its_own_uploads_alone(ann: GuardedStore, filled: Store):
    assert ann.imports()["name"].tolist() == ["dorset.csv"]
    assert ann.to_fix()["value"].tolist() == ["of-dorset"]
    everything = GuardedStore(filled, SCOPES["L"])
    assert sorted(everything.to_fix()["value"]) == ["of-both", "of-dorset", "of-essex"]
    sha256 = _fingerprints(filled)
    assert [name for name, _ in ann.earlier_imports(sha256)] == ["dorset.csv"]
    assert len(everything.earlier_imports(sha256)) == 3


def _fingerprints(store: Store) -> list[str]:
    log = store.audit_log()
    references = log.loc[log["action"] == "import", "reference"]
    return [text.rsplit(" ", 1)[-1] for text in references]


def test_a_file_of_the_same_name_at_another_site_hides_nothing(ann: GuardedStore, filled: Store):
    """Many sites call their file 'answers.xlsx'."""
    mine = upload(row("P3", site="Dorset"), name="a.csv", problems=(problem("a.csv", "mine"),))
    theirs = upload(row("P3", site="Essex"), name="a.csv", problems=(problem("a.csv", "theirs"),))
    filled.commit(mine)
    filled.commit(theirs)
    assert "mine" in ann.to_fix()["value"].tolist()
    assert "theirs" not in ann.to_fix()["value"].tolist()
    everything = GuardedStore(filled, SCOPES["L"]).to_fix()["value"].tolist()
    assert {"mine", "theirs"} <= set(everything)


def test_how_files_are_read_stays_with_their_site(filled: Store):
    text = "columns: {}\n"
    filled.commit(of("Dorset"), mapping_text=text, mapping_key=("csv", "d"))
    filled.commit(of("Essex"), mapping_text=text, mapping_key=("csv", "e"))
    filled.commit(of("Dorset", "Essex"), mapping_text=text, mapping_key=("csv", "b"))
    ann, here = GuardedStore(filled, SCOPES["S"]), GuardedStore(filled, SCOPES["L"])
    assert [saved.signature for saved in ann.saved_mappings("Dorset")] == ["d"]
    assert ann.saved_mappings("") == []
    assert [saved.signature for saved in here.saved_mappings("")] == ["b"]


def test_how_often_a_questionnaire_is_used_everywhere_is_not_told(filled: Store):
    filled.save_definition(DEFINITION)
    filled.commit(upload(row("Q1", site="Essex", ours={1: 2, 2: 2}), name="ours.csv"))
    told = {
        who: "n_questionnaires" in GuardedStore(filled, scope).definition_versions()
        for who, scope in SCOPES.items()
    }
    assert told == {"L": True} | dict.fromkeys("STRrDd", False)


def test_the_log_names_who_did_it(filled: Store):
    ann = GuardedStore(filled, SCOPES["S"])
    ann.commit(of("Dorset"))
    ann.record_view("site", "dorset")
    ann.record_denied("page all_sites")
    ann.record_export("worklist", ["Dorset"])
    ann.record_release(Release("report", 1, "", "pass"), sites=["Dorset"])
    log = filled.audit_log().iloc[:5]
    assert set(log["who"]) == {"ann"}
    assert log["action"].tolist() == ["release", "export", "denied", "view", "import"]
    assert log["site"].tolist() == ["dorset", "dorset", "", "dorset", "dorset"]
    assert filled.verify_audit().ok


def test_what_is_refused_is_cut_off_before_it_fills_the_log(filled: Store):
    GuardedStore(filled, SCOPES["S"]).record_denied("x" * 5000)
    assert len(filled.audit_log().iloc[0]["reference"]) == 200


def test_nobody_changes_their_own_account(filled: Store):
    for who in ("eve@b.org", "gus@b.org"):
        filled.add_account(who, role="data_manager")
    eve = GuardedStore(filled, Scope("eve@b.org", "data_manager"))
    for subject in ("eve@b.org", "EVE@b.org", " eve@b.org "):
        with pytest.raises(AccessDenied, match="their own account"):
            eve.change_account(subject, role="researcher")
    eve.change_account("gus@b.org", active=False)
    assert filled.account("eve@b.org").role == "data_manager"
