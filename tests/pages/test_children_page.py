"""The page on children and on what a site counts: plain words first, and how to add more."""

from __future__ import annotations

from evaluation.ingest.pipeline import read_files

HEADER = "site,participant,child,wave,indicator,value"


def add_indicators(store, *lines: str) -> None:
    data = "\n".join((HEADER, *lines)).encode()
    store.commit(read_files([("indicators.csv", data)], known_sites=store.known_sites()))


def test_a_site_that_counts_nothing_is_told_how_to(tiny_store, visit):
    app = visit.check(visit.open_page("children", site="luton"))
    text = visit.words(app)
    assert "No questionnaire about a child has come in" in text
    assert "has not told us of anything it counts yet" in text
    assert "a sheet called **indicators**" in text
    labels = [button.proto.label for button in app.get("download_button")]
    assert "Download a blank spreadsheet with this sheet" in labels


def test_counts_and_yes_or_no_in_words(tiny_store, visit):
    lines = [
        f"Luton,P00{n},,{wave},incidents,{count}"
        for n in range(6)
        for wave, count in (("baseline", 3), ("end", 1 + (n == 0)))
    ]
    lines += [f"Luton,P00{n},,{w},contact,yes" for n in range(6) for w in ("baseline", "end")]
    lines += ["Luton,P000,,baseline,*bold* www.example.org,yes"]
    add_indicators(tiny_store, *lines)
    app = visit.check(visit.open_page("children", site="luton"))
    text = visit.words(app)
    assert "Incidents: 18 at the start and 7 at the end of support, 61% fewer" in text
    assert "Contact: yes for 6 of 6 people at the start and for six at the end" in text
    assert "Bold www example org: it is known of nobody both" in text
    assert "61% fewer" in visit.cells(app)
    assert not app.error


def test_people_known_by_their_indicators_alone(store, visit):
    add_indicators(store, *(f"Luton,P{n},K{n},{w},attendance,9{n}.5" for n in range(3)
                            for w in ("baseline", "end")))  # fmt: skip
    text = visit.words(visit.check(visit.open_page("children", site="luton")))
    assert "Attendance: the average went from 91.5 at the start to 91.5" in text
    assert "three children" in text


def test_the_sample_programme_shows_children_before_and_after(sample_store, visit):
    app = visit.check(visit.open_page("children", site="dorset"))
    text = visit.words(app)
    assert "scores improved" in text or "scores got worse" in text or "did not change" in text
    assert "School attendance: the average went from" in text
    assert "Fixed term exclusions:" in text
    assert [e.label for e in app.expander if "SDQ added value" in e.label]
    app = visit.check(visit.open_page("children", site="lambeth"))
    assert "Incidents:" in visit.words(app)
