"""Which measures are held back, of a site and of the programme, before and after a look."""

from __future__ import annotations

import pytest

from evaluation.config import Settings
from evaluation.ingest.pipeline import read_files
from evaluation.model import ALL_SITES
from evaluation.programme import analyse
from evaluation.tables.contradictions import (
    find_contradicting,
    find_contradicting_sites,
    find_held_back,
    sites_in_doubt,
)
from tests.evaluation.tables import reversed_answers as made
from tests.evaluation.tables.followed_up import results as one_measure
from tests.evaluation.tables.followed_up import singles


def test_the_site_that_typed_it_the_wrong_way_round_is_found_and_no_other() -> None:
    results = made.results()
    assert set(find_contradicting(results, "Luton")) == {made.MOOD}
    assert find_contradicting(results, "Leeds") == {}
    assert {site: set(found) for site, found in find_contradicting_sites(results).items()} == {
        "Luton": {made.MOOD}
    }
    assert sites_in_doubt(results) == {made.MOOD_LABEL: ("Luton",)}
    assert sites_in_doubt(results, ["Leeds"]) == {}


def test_nothing_is_held_back_where_answers_are_typed_as_the_form_says() -> None:
    results = made.results(turned=())
    assert find_contradicting_sites(results) == {}
    held = find_held_back(results)
    assert (held.doubts, held.sites, held.settled) == ({}, {}, frozenset())


def test_a_look_settles_the_site_and_its_part_in_the_programme() -> None:
    results, looked = made.results(), {("Luton", made.MOOD)}
    assert find_held_back(results, "Luton").doubt(made.MOOD)
    assert find_held_back(results).sites_of(made.MOOD) == ("Luton",)
    luton = find_held_back(results, "Luton", looked=looked)
    assert luton.was_looked_at(made.MOOD) and not luton.doubt(made.MOOD)
    after = find_held_back(results, looked=looked)
    assert (after.doubts, after.sites) == ({}, {})


def test_the_programme_is_settled_by_a_look_at_it_or_at_each_site_in_doubt() -> None:
    names = ("Hull", "Leeds", "Luton")
    results = made.results(turned=names)
    all_together = find_contradicting(results, ALL_SITES)[made.MOOD]
    assert find_held_back(results).doubt(made.MOOD) == all_together.sentence
    each = {(name, made.MOOD) for name in names}
    for one in each:
        assert find_held_back(results, looked=each - {one}).doubt(made.MOOD)
    assert find_held_back(results, looked=each).doubts == {}
    whole = find_held_back(results, looked={(ALL_SITES, made.MOOD)})
    assert (whole.doubts, whole.sites_of(made.MOOD)) == ({}, names)


def test_a_look_at_one_site_does_not_settle_another() -> None:
    results = made.results(turned=("Hull", "Luton"))
    held = find_held_back(results, looked={("Hull", made.MOOD), ("Luton", made.ANXIETY)})
    assert held.sites_of(made.MOOD) == ("Luton",)
    assert find_held_back(results, "Luton", looked={("Hull", made.MOOD)}).doubt(made.MOOD)


def test_all_scores_of_a_questionnaire_rest_on_the_same_answers() -> None:
    held = find_held_back(made.results(), "Luton")
    assert held.doubt("phq9.another") == held.doubt(made.MOOD) != ""
    assert not held.doubt(made.ANXIETY) and not held.doubt("phq9_short.total")


def test_two_questionnaires_that_contradict_each_other_both_wait() -> None:
    data = made.answers_csv("Luton", turned=True, second=False)
    results = analyse(read_files([("a.csv", data)]).dataset, Settings())
    held = find_held_back(results, "Luton")
    assert held.doubt(made.MOOD) and held.doubt(made.WELLBEING)


@pytest.mark.parametrize(("n", "back"), [(1, 0), (1, 1), (2, 2), (40, 0), (40, 40)])
def test_one_questionnaire_contradicts_nothing(n: int, back: int) -> None:
    results = one_measure(singles(n, back=back))
    held = find_held_back(results)
    assert (held.doubts, held.sites, find_contradicting_sites(results)) == ({}, {}, {})
    assert find_contradicting(results, "Nowhere") == {}
