"""The page on questionnaires at every session, through app.py."""

from __future__ import annotations

from evaluation.ingest.pipeline import read_files
from evaluation.report.training_wording import ONLY_THOSE_WHO_STAYED
from evaluation.report.wording import NOT_CAUSE

HEADER = "site,participant,couple,wave,session_number,phq9_total"


def stored(store, *rows: str) -> None:
    data = "\n".join([HEADER, *rows]).encode()
    store.commit(read_files([("a.csv", data)], known_sites=store.known_sites()))


def sessions(n_people: int, n_sessions: int) -> list[str]:
    """Everybody falls by one point from session to session; person p leaves after 2 + p."""
    return [
        f"Luton,P{person},,session,{number},{15 + person % 4 - number}"
        for person in range(n_people)
        for number in range(1, min(n_sessions, 2 + person) + 1)
    ]


def test_the_course_at_luton(sample_store, visit):
    app = visit.check(visit.open_page("sessions", site="luton"))
    text = visit.words(app)
    assert "Luton: Low mood (PHQ-9 total)" in text
    assert "from the first to the last session answered, scores improved by" in text
    assert ONLY_THOSE_WHO_STAYED in text and NOT_CAUSE in text
    assert "the last session stands in for the end questionnaire" in text
    assert "Without them the average improvement would be" in text
    alts = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert len(alts) == 2 and "answers from session 1" in alts[0]
    assert "Finished as planned" in alts[1] and "Left early" in alts[1]


def test_every_measure_at_luton(sample_store, visit):
    app = visit.check(visit.open_page("sessions", site="luton"))
    options = next(box for box in app.selectbox if box.label == "Measure").options
    assert len(options) > 5
    for place in range(len(options)):
        measure = next(box for box in app.selectbox if box.label == "Measure")
        visit.check(measure.select_index(place).run())
        assert options[place] in visit.words(app)


def test_a_small_site_is_told_what_its_numbers_can_carry(store, visit):
    stored(store, *sessions(6, 4))
    app = visit.check(visit.open_page("sessions", site="luton"))
    text, cells = visit.words(app), visit.cells(app)
    # Falls of 1 (leaves after two sessions), 2 and, for four people, 3 points.
    assert "scores improved by 2.5 points on average" in text and "rough picture" in text
    assert "straight line" not in text
    assert "There are six answers from session 1 and 4 from session 4" in text
    assert "3,4,4,4,12.5,too few" in cells  # no interval for four people


def test_two_people_get_no_average(store, visit):
    stored(store, *sessions(2, 2))
    app = visit.check(visit.open_page("sessions", site="luton"))
    assert "only two people with two sessions, too few" in visit.words(app)
    assert "too few" in visit.cells(app)
    assert not app.get("vega_lite_chart")


def test_a_site_without_sessions_is_told_how_to_record_them(sample_store, visit):
    app = visit.check(visit.open_page("sessions", site="croydon"))
    text = visit.words(app)
    assert "Croydon has no questionnaires from every session. There are some at Luton." in text
    assert "'session_number'" in text
    assert not app.table


def test_no_sessions_anywhere(tiny_store, visit):
    app = visit.check(visit.open_page("sessions"))
    assert "No site has questionnaires from two sessions" in visit.words(app)
    assert not app.selectbox
