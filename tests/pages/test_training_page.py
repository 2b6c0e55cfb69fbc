"""The page on practitioners' training, through app.py."""

from __future__ import annotations

import pytest

from evaluation.config import DATABASE_VARIABLE
from evaluation.ingest.pipeline import read_files
from evaluation.report.training_wording import NOT_FROM_TRAINING
from evaluation.store.repository import Store
from sample_data.training import DEFINITION, write_training


@pytest.fixture(scope="module")
def training_url(tmp_path_factory) -> str:
    """A store with the practitioners of the sample programme, and families of another site."""
    folder = tmp_path_factory.mktemp("training")
    url = f"sqlite:///{folder / 'training.db'}"
    store = Store(url)
    store.save_definition(DEFINITION.read_bytes())
    files = [(path.name, path.read_bytes()) for path in write_training(folder, seed=2017)]
    families = b"site,participant,wave,phq9_total\nCroydon,P1,baseline,12\nCroydon,P1,end,8"
    own = store.local_questionnaires()
    report = read_files(
        [*files, ("croydon.csv", families)],
        known_sites=store.known_sites(),
        extra_instruments=own,
    )
    assert not report.needs_attention
    store.commit(report)
    return url


@pytest.fixture
def training_store(training_url, monkeypatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, training_url)


def test_plain_sentences_come_first(training_store, visit):
    app = visit.check(visit.open_page("training", site="luton"))
    text = visit.words(app)
    assert "48 practitioners took part" in text
    assert "Straight after the training, confidence was" in text
    assert "than straight after the training" in text
    assert NOT_FROM_TRAINING in text
    [chart] = app.get("vega_lite_chart")
    assert chart.proto.alt.startswith("Straight after the training, confidence was")
    cells = visit.cells(app)
    assert "Use in practice" in cells and "Before to 4 months after" in cells
    assert "No published figure says how steady" in cells


def test_another_score_can_be_chosen(training_store, visit):
    app = visit.check(visit.open_page("training", site="westminster"))
    score = next(box for box in app.selectbox if box.label == "Score")
    assert score.options == ["Confidence", "Use in practice"]
    visit.check(score.select_index(1).run())
    assert "use in practice was" in visit.words(app)


def test_all_sites_are_released(training_store, visit):
    app = visit.check(visit.open_page("training"))
    visit.check(app.radio[0].set_value("All sites together").run())
    text = visit.words(app)
    assert "about 75 practitioners answered" in text and "rounded to the nearest 5" in text
    cells = visit.cells(app)
    assert "Westminster" in cells and "Luton" in cells
    assert "46" not in cells and "29" not in cells  # the exact numbers
    assert not app.error


def test_a_site_without_training_is_told_how_to_record_one(training_store, visit):
    app = visit.check(visit.open_page("training", site="croydon"))
    text = visit.words(app)
    assert "No practitioner of Croydon" in text and "Luton and Westminster" in text
    assert "'practitioner' in the column 'role'" in text and "'4m'" in text
    assert not app.table


def test_nobody_trained_anywhere(tiny_store, visit):
    app = visit.check(visit.open_page("training"))
    text = visit.words(app)
    assert "No practitioner's training is in the data yet" in text
    assert "'baseline' before the training, 'post' straight after it" in text
    assert not app.radio


def test_two_practitioners_get_no_average(store, visit):
    lines = ["site,participant,role,wave,completed_on,phq9_total"]
    for who in "ab":
        lines += [f"Luton,{who},practitioner,{wave},2017-01-1{n},{9 - n}"
                  for n, wave in enumerate(("baseline", "post"))]  # fmt: skip
    report = read_files([("a.csv", "\n".join(lines).encode())], known_sites=store.known_sites())
    store.commit(report)
    app = visit.check(visit.open_page("training", site="luton"))
    assert "two people answered both times, too few for an average" in visit.words(app)
    assert "too few" in visit.cells(app)
    assert not app.get("vega_lite_chart")
    visit.check(app.radio[0].set_value("All sites together").run())
    assert "9.0" not in visit.cells(app)
    assert "hidden" in visit.cells(app)


def test_only_a_first_questionnaire(store, visit):
    data = b"site,participant,role,wave,phq9_total\nLuton,a,practitioner,baseline,4"
    store.commit(read_files([("a.csv", data)], known_sites=store.known_sites()))
    app = visit.check(visit.open_page("training", site="luton"))
    assert "No practitioner has answered at two times yet" in visit.words(app)
    visit.check(app.radio[0].set_value("All sites together").run())
