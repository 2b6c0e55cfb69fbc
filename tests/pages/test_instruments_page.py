"""The list of questionnaires: each under a subject, with what it waits for and how sure its key."""

from __future__ import annotations

from instruments.registry import all_instruments, readiness


def test_every_questionnaire_is_listed_once_under_a_subject(store, visit):
    app = visit.check(visit.open_page("instruments"))
    assert "Other" not in " ".join(e.label for e in app.expander)
    lists = [t.value for t in app.table if "Scored from answers" in t.value.columns]
    names = [name.replace("\\", "") for table in lists for name in table["Questionnaire"]]
    assert sorted(names) == sorted(i.short_name for i in all_instruments())


def test_every_questionnaire_opens_and_says_whether_it_is_scored(store, visit):
    app = visit.check(visit.open_page("instruments"))
    for place, instrument in enumerate(all_instruments()):
        visit.check(app.selectbox[0].select_index(place).run())
        text = " ".join(visit.words(app).split())
        assert instrument.name in text
        assert readiness(instrument).split(".")[0] in text
        if any(scale.needs == "verification" for scale in instrument.scales):
            assert "put down from memory" in text


def test_the_added_value_carries_its_warnings(store, visit):
    app = visit.check(visit.open_page("instruments"))
    last = len(app.selectbox[0].options) - 1
    text = visit.words(visit.check(app.selectbox[0].select_index(last).run()))
    assert "Worked out from two questionnaires" in text
    assert "whose parents sought help" in text
    assert "never one child" in text
