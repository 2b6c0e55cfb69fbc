"""The page on the answers themselves: plain sentences first, nothing small across sites."""

from __future__ import annotations

import pytest

from evaluation.ingest.pipeline import read_files

PROGRAMME = "All sites together"


def pick(app, label: str, option: str):
    box = next(b for b in app.selectbox if b.label == label)
    return box.select_index(box.options.index(option)).run()


def test_what_was_left_out_at_one_site(store, visit):
    rows = visit.tiny_csv(6).decode().splitlines()
    rows[1] = rows[1].rsplit(",", 1)[0] + ","  # the first person leaves the last question out
    data = "\n".join(rows).encode()
    store.commit(read_files([("tiny.csv", data)], known_sites=store.known_sites()))
    app = visit.check(visit.open_page("quality", site="luton"))
    text = visit.words(app)
    assert "Question 9 was left out by 1 of 6 people." in text
    assert "of six questionnaires, 5 have every answer" in text
    assert "too few for this figure" in text


def test_alpha_is_set_beside_the_published_value(sample_store, visit):
    app = visit.check(visit.open_page("quality", site="luton"))
    text = visit.words(app)
    assert "PHQ-9, at the start" in text
    assert "Low mood (PHQ-9 total): alpha 0." in text
    assert "Published: 0.89 (not verified)" in text
    assert "Omega" in visit.cells(app)


def test_every_questionnaire_and_time_of_the_programme(sample_store, visit):
    app = visit.check(visit.open_page("quality"))
    visit.check(app.radio[0].set_value(PROGRAMME).run())
    questionnaires = next(b for b in app.selectbox if b.label == "Questionnaire").options
    assert len(questionnaires) == 8
    for name in questionnaires:
        visit.check(pick(app, "Questionnaire", name))
        for when in next(b for b in app.selectbox if b.label == "When").options:
            visit.check(pick(app, "When", when))
            assert not app.error
            for table in app.table:
                for column in ("Left out by", "Of", "Number", "Every answer", "Only by our rule"):
                    for cell in table.value.get(column, []):
                        shown = str(cell).replace(",", "")
                        assert not shown.isdigit() or int(shown) % 5 == 0


@pytest.mark.parametrize("file", ["quality", "site"])
def test_a_few_people_of_the_programme_are_not_shown(tiny_store, visit, file):
    app = visit.check(visit.open_page(file, site="luton"))
    if file == "site":
        opened = visit.opened(app, "statistics")
        assert "which is too few for this figure" in visit.words(opened)
        return
    visit.check(app.radio[0].set_value(PROGRAMME).run())
    assert "Too few answers to show." in visit.words(app)
    assert not app.table


def test_given_scores_alone_are_said_to_have_no_answers(store, visit):
    data = b"site,participant,wave,phq9_total\nLuton,P1,baseline,12"
    store.commit(read_files([("a.csv", data)], known_sites=store.known_sites()))
    app = visit.check(visit.open_page("quality", site="luton"))
    assert "no answers to single questions" in visit.words(app)
