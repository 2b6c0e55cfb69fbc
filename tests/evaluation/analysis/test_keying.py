"""The keying check: what it must find, what it must leave alone, how often it is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.answer_coding import MIN_ANSWERS, RangeGroup, find_shift
from evaluation.analysis.item_answers import keyed_items
from evaluation.analysis.item_signs import MIN_COMPLETE_ROWS, item_signs
from evaluation.analysis.keying import (
    KeyingFinding,
    Proposal,
    check_keying,
    with_proposal,
)
from evaluation.analysis.reliability import cronbach_alpha
from instruments.definition import Instrument, Scale, same_items
from instruments.registry import all_instruments, get, match_column
from sample_data.generate import generate_programme

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).resolve().parents[3]
STAI = ROOT / ".." / "shared" / "real_data" / "scores" / "stai_state_28studies_waves.csv"
PHQ_ANSWERS = STAI.with_name("phq9_chiu_n2177.csv")
# The items of the file's columns in their order; ten speak of feeling well.
STAI_POSITIVE = (1, 2, 5, 8, 10, 11, 15, 16, 19, 20)
STAI_NEGATIVE = tuple(sorted(set(range(1, 21)) - set(STAI_POSITIVE)))


def questionnaire(count: int, reversed_items: tuple[int, ...] = (), *, low=1, high=4) -> Instrument:
    """A local questionnaire of one scale."""
    items = tuple(range(1, count + 1))
    scale = Scale(
        "total", "Total", items, "sum", (low * count, high * count), "lower", "unverified",
        "local", reversed_items,
    )  # fmt: skip
    return Instrument(
        "local", "1", "Local questionnaire", "Local", "c", "r", same_items(count, low, high),
        (scale,), "c", "l", "now", "all",
    )  # fmt: skip


def answers_to(
    instrument: Instrument, n: int, *, seed: int = 1, loading: float = 0.7
) -> pd.DataFrame:
    """Answers of people whose one trait shows in every item, coded as the definition expects."""
    rng = np.random.default_rng(seed)
    trait = rng.standard_normal(n)
    turned = {number for scale in instrument.scales for number in scale.reversed_items}
    columns = {}
    for item in instrument.items:
        noise = rng.standard_normal(n)
        share = 0.5 + 0.25 * (loading * trait + np.sqrt(1 - loading**2) * noise)
        width = item.maximum - item.minimum
        keyed = np.clip(np.round(item.minimum + width * share), item.minimum, item.maximum)
        back = item.number in turned
        columns[item.number] = item.minimum + item.maximum - keyed if back else keyed
    return pd.DataFrame(columns)


def turn(instrument: Instrument, answers: pd.DataFrame, *items: int) -> pd.DataFrame:
    """The answers with some items the other way round."""
    turned = answers.copy()
    for number in items:
        item = instrument.item(number)
        turned[number] = item.minimum + item.maximum - turned[number]
    return turned


def only(findings: list[KeyingFinding]) -> KeyingFinding:
    assert len(findings) == 1, [(f.kind, f.items) for f in findings]
    return findings[0]


@pytest.fixture(scope="module")
def stai() -> pd.DataFrame:
    if not STAI.exists():
        pytest.skip("the public answers to the STAI are not here")
    return pd.read_csv(STAI).iloc[:, 3:].astype(float).set_axis(range(1, 21), axis="columns")


# --- real answers --------------------------------------------------------------------------


def test_state_anxiety_as_answered_has_no_finding(stai: pd.DataFrame) -> None:
    assert check_keying(questionnaire(20, STAI_POSITIVE), stai) == []


def test_no_single_study_of_state_anxiety_has_a_finding(stai: pd.DataFrame) -> None:
    instrument, study = questionnaire(20, STAI_POSITIVE), pd.read_csv(STAI)["study"]
    found = {name: check_keying(instrument, rows) for name, rows in stai.groupby(study)}
    assert len(found) == 28
    assert {name for name, findings in found.items() if findings} == set()


def test_a_forgotten_reversal_splits_state_anxiety_in_two_and_asks(stai: pd.DataFrame) -> None:
    found = only(check_keying(questionnaire(20), stai))
    assert found.kind == "two_groups"
    assert {found.items, found.proposal.other_items} == {STAI_POSITIVE, STAI_NEGATIVE}
    assert found.proposal.action == "ask which to reverse"
    assert found.facts["n"] == 5199
    assert found.facts["alpha"] == pytest.approx(0.7095, abs=5e-5)
    assert found.facts["alpha_after"] == pytest.approx(0.9138, abs=5e-5)


def test_answers_reversed_before_name_the_group_that_the_definition_reverses(
    stai: pd.DataFrame,
) -> None:
    instrument = questionnaire(20, STAI_POSITIVE)
    found = only(check_keying(instrument, turn(instrument, stai, *STAI_POSITIVE)))
    assert found.kind == "already_reversed"
    assert found.items == STAI_POSITIVE
    assert found.proposal == Proposal("reverse", STAI_POSITIVE)


def test_every_study_of_state_anxiety_is_split_without_mixing_the_groups(
    stai: pd.DataFrame,
) -> None:
    instrument, study = questionnaire(20), pd.read_csv(STAI)["study"]
    split = 0
    for _, rows in stai.groupby(study):
        for found in check_keying(instrument, rows):
            sides = [set(found.items), set(found.proposal.other_items)]
            assert sorted(len(side & set(STAI_POSITIVE)) > 0 for side in sides) == [False, True]
            assert sorted(len(side & set(STAI_NEGATIVE)) > 0 for side in sides) == [False, True]
            split += 1
    assert split >= 27


def test_real_answers_to_the_phq9() -> None:
    if not PHQ_ANSWERS.exists():
        pytest.skip("the public answers to the PHQ-9 are not here")
    items = pd.read_csv(PHQ_ANSWERS)[[f"Item{number}_num" for number in range(1, 10)]]
    answers, instrument = items.set_axis(range(1, 10), axis="columns"), get("phq9")
    assert check_keying(instrument, answers) == []
    assert only(check_keying(instrument, answers + 1)).proposal.text == "subtract 1"
    found = only(check_keying(instrument, turn(instrument, answers, 2, 7)))
    assert found.proposal.text == "reverse (2, 7)"


# --- no false alarm ------------------------------------------------------------------------


def test_the_sample_programme_has_no_finding_at_any_site() -> None:
    checked = 0
    for questionnaires, _ in generate_programme().values():
        named = {column: match_column(column) for column in questionnaires.columns}
        for instrument in all_instruments():
            items = {
                column: found[1]
                for column, found in named.items()
                if found and found[0].id == instrument.id and isinstance(found[1], int)
            }
            if items:
                answers = questionnaires[list(items)].rename(columns=items)
                assert check_keying(instrument, answers.dropna(how="all")) == []
                checked += 1
    assert checked >= 20


@pytest.mark.parametrize("n", [30, 150])
@pytest.mark.parametrize(("count", "loading"), [(5, 0.4), (9, 0.6), (20, 0.5), (7, 0.0)])
def test_false_alarms_are_rarer_than_one_in_a_hundred(n: int, count: int, loading: float) -> None:
    instrument = questionnaire(count, low=0, high=4)
    alarms = sum(
        bool(check_keying(instrument, answers_to(instrument, n, seed=seed, loading=loading)))
        for seed in range(100)
    )
    assert alarms <= 1


def test_two_weak_items_are_not_taken_for_turned_ones() -> None:
    rng = np.random.default_rng(3)
    answers = answers_to(questionnaire(8), 400)
    answers[[7, 8]] = rng.integers(1, 5, (400, 2))
    signs = item_signs(answers)
    assert signs is not None
    assert set(signs.unclear) == {7, 8}
    assert check_keying(questionnaire(8), answers) == []


@pytest.mark.parametrize("instrument", all_instruments(), ids=lambda i: i.id)
def test_tables_with_nothing_in_them_have_no_finding(instrument: Instrument) -> None:
    numbers = [item.number for item in instrument.items]
    for answers in (
        pd.DataFrame(columns=numbers),
        pd.DataFrame(np.nan, index=range(50), columns=numbers),
        pd.DataFrame(index=range(50)),
    ):
        assert check_keying(instrument, answers) == []


# --- the direction of items ----------------------------------------------------------------


def test_two_items_of_the_das_that_were_not_reversed() -> None:
    instrument = get("das_32")
    answers = turn(instrument, answers_to(instrument, 120), 18, 19)
    found = only(check_keying(instrument, answers))
    assert (found.kind, found.scale, found.items) == (
        "not_reversed",
        "dyadic_satisfaction",
        (18, 19),
    )
    assert found.proposal.text == "reverse (18, 19)"
    assert found.questionnaire == "DAS-32"
    keyed = keyed_items(instrument, "dyadic_satisfaction", answers)
    assert found.facts["alpha"] == cronbach_alpha(keyed).value
    put_right = keyed_items(instrument, "dyadic_satisfaction", turn(instrument, answers, 18, 19))
    assert found.facts["alpha_after"] == pytest.approx(cronbach_alpha(put_right).value, abs=1e-12)


def test_items_of_the_core_10_that_were_reversed_before() -> None:
    instrument = get("core_10")
    answers = turn(instrument, answers_to(instrument, 120), 2, 3)
    found = only(check_keying(instrument, answers))
    assert (found.kind, found.items) == ("already_reversed", (2, 3))


def test_one_of_the_reversed_items_and_another_one_are_told_apart() -> None:
    instrument = get("core_10")
    answers = turn(instrument, answers_to(instrument, 200), 2, 7)
    kinds = {found.kind: found.items for found in check_keying(instrument, answers)}
    assert kinds == {"not_reversed": (7,), "already_reversed": (2,)}


def test_a_definition_that_forgets_two_of_ten_items_finds_those_two() -> None:
    right, short = questionnaire(20, STAI_POSITIVE), questionnaire(20, STAI_POSITIVE[:8])
    found = only(check_keying(short, answers_to(right, 200)))
    assert (found.kind, found.items) == ("not_reversed", STAI_POSITIVE[8:])


def test_half_of_the_items_reversed_with_a_correlation_that_sums_cannot_see() -> None:
    right = questionnaire(20, STAI_POSITIVE)
    answers = answers_to(right, 200)
    rest = answers.sum(axis=1)
    item_rest = {number: answers[number].corr(rest - answers[number]) for number in answers}
    # The sum of the others hardly goes with any item, and not with one group more than the other.
    means = [np.mean([item_rest[n] for n in group]) for group in (STAI_POSITIVE, STAI_NEGATIVE)]
    assert max(np.abs(means)) < 0.3
    assert abs(means[0] - means[1]) < 0.1
    found = only(check_keying(questionnaire(20), answers))
    assert {found.items, found.proposal.other_items} == {STAI_POSITIVE, STAI_NEGATIVE}


def test_a_wrong_item_is_told_of_its_own_part_and_not_of_the_total() -> None:
    instrument = get("sdq_parent_4_17")
    answers = turn(instrument, answers_to(instrument, 250), 7)
    findings = check_keying(instrument, answers)
    assert [(found.scale, found.items) for found in findings] == [("conduct", (7,))]


def test_parts_that_run_against_each_other_are_no_wrong_items() -> None:
    rng = np.random.default_rng(11)
    instrument = get("sdq_parent_4_17")
    for _ in range(5):
        table = {}
        for scale_id in ("emotional", "conduct", "hyperactivity", "peer", "prosocial"):
            scale = instrument.scale(scale_id)
            trait = rng.standard_normal(40)
            for number in scale.items:
                keyed = np.clip(np.round(0.8 + trait + 0.7 * rng.standard_normal(40)), 0, 2)
                table[number] = 2 - keyed if number in scale.reversed_items else keyed
        assert check_keying(instrument, pd.DataFrame(table)) == []


def test_a_scale_without_a_known_key_is_not_checked() -> None:
    instrument = get("enrich_couple_scales_35")
    answers = turn(instrument, answers_to(instrument, 200), 1, 2, 3)
    assert check_keying(instrument, answers) == []


def test_too_few_questionnaires_say_nothing() -> None:
    instrument = questionnaire(10)
    answers = turn(instrument, answers_to(instrument, MIN_COMPLETE_ROWS - 1, loading=0.9), 4)
    assert check_keying(instrument, answers) == []
    assert item_signs(answers) is None


@given(st.sets(st.integers(1, 12), min_size=1, max_size=3), st.integers(0, 1000))
def test_any_few_turned_items_are_found_and_put_right(items: set[int], seed: int) -> None:
    instrument = questionnaire(12, (1, 5, 9, 10))
    right = answers_to(instrument, 250, seed=seed)
    wrong = turn(instrument, right, *items)
    findings = check_keying(instrument, wrong)
    assert {number for found in findings for number in found.items} == items
    mended = wrong
    for found in findings:
        mended = with_proposal(instrument, mended, found.proposal)
    pd.testing.assert_frame_equal(mended, right)
    assert check_keying(instrument, mended) == []


@given(st.integers(0, 1000))
def test_rows_and_columns_in_any_order_say_the_same(seed: int) -> None:
    instrument = questionnaire(10)
    answers = turn(instrument, answers_to(instrument, 120, seed=seed), 3, 8)
    mixed = answers.sample(frac=1, random_state=seed).iloc[:, ::-1]
    named = mixed.rename(columns=str)
    first, second = check_keying(instrument, answers), check_keying(instrument, named)
    assert [(f.kind, f.items) for f in first] == [(f.kind, f.items) for f in second]


def test_answers_are_not_changed() -> None:
    instrument = get("phq9")
    answers = turn(instrument, answers_to(instrument, 60), 2) + 1
    before = answers.copy()
    findings = check_keying(instrument, answers)
    with_proposal(instrument, answers, findings[0].proposal)
    pd.testing.assert_frame_equal(answers, before)


# --- the coding of answers -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("instrument_id", "shift", "text"),
    [
        ("phq9", 1, "subtract 1"),
        ("gad7", 1, "subtract 1"),
        ("core_om", 1, "subtract 1"),
        ("sdq_parent_4_17", 1, "subtract 1"),
        ("das_32", 1, "subtract 1"),
        ("wemwbs", -1, "add 1"),
        ("swemwbs", -1, "add 1"),
        ("enrich_ems_15", -1, "add 1"),
    ],
)
@pytest.mark.parametrize("n", [12, 200])
def test_shifted_coding(instrument_id: str, shift: int, text: str, n: int) -> None:
    instrument = get(instrument_id)
    answers = answers_to(instrument, n)
    found = only(check_keying(instrument, answers + shift))
    assert found.kind == "shifted_coding"
    assert found.proposal.text == text
    assert found.items == tuple(item.number for item in instrument.items)
    assert found.facts["shift"] == shift
    mended = with_proposal(instrument, answers + shift, found.proposal)
    pd.testing.assert_frame_equal(mended, answers)


def test_a_shift_shows_even_if_answers_outside_the_range_were_refused() -> None:
    instrument = get("phq9")
    coded = answers_to(instrument, 150) + 1
    found = only(check_keying(instrument, coded.where(coded <= 3)))
    assert (found.kind, found.proposal.text) == ("shifted_coding", "subtract 1")
    assert found.facts["n_beyond"] == 0


def test_a_shift_by_more_than_one() -> None:
    instrument = questionnaire(5, low=0, high=10)
    answers = np.random.default_rng(2).integers(3, 14, (200, 5))
    found = only(check_keying(instrument, pd.DataFrame(answers, columns=range(1, 6))))
    assert found.proposal.text == "subtract 3"


def test_items_of_another_range_that_contradict_a_shift_stay_out_of_it() -> None:
    instrument = get("das_32")
    answers = answers_to(instrument, 100) + 1
    answers.loc[:50, 31] = 0
    shifted = check_keying(instrument, answers)[0]
    assert shifted.kind == "shifted_coding"
    assert shifted.items == tuple(number for number in range(1, 33) if number != 31)


def test_a_shift_and_turned_items_are_both_found() -> None:
    instrument = get("phq9")
    found = check_keying(instrument, turn(instrument, answers_to(instrument, 150), 4) + 1)
    assert [f.proposal.text for f in found] == ["subtract 1", "reverse (4)"]


def test_a_code_for_missing_does_not_hide_a_shift_and_is_named_as_typed() -> None:
    instrument = get("phq9")
    coded = answers_to(instrument, 80) + 1
    coded.loc[:4, 3] = 99
    shifted, outside = check_keying(instrument, coded)
    assert shifted.proposal.text == "subtract 1"
    assert (outside.kind, outside.items) == ("outside_range", (3,))
    assert (outside.facts["n_outside"], outside.facts["highest"]) == (5, 99)


@pytest.mark.parametrize("wrong", [33, -1, 1.5])
def test_answers_that_are_not_allowed_are_pointed_at(wrong: float) -> None:
    instrument = get("phq9")
    answers = answers_to(instrument, 80)
    answers.loc[7, 5] = wrong
    found = only(check_keying(instrument, answers))
    assert (found.kind, found.items, found.proposal.action) == ("outside_range", (5,), "look")
    assert (found.facts["n"], found.facts["n_outside"]) == (720, 1)
    assert found.facts["lowest"] == found.facts["highest"] == wrong


def test_fewer_than_thirty_answers_show_no_shift() -> None:
    values = pd.DataFrame({1: [1.0, 2, 3, 4] * 10})
    assert find_shift(RangeGroup((1,), 0, 3, values[: MIN_ANSWERS - 1])) == 0
    assert find_shift(RangeGroup((1,), 0, 3, values[:MIN_ANSWERS])) == 1


def test_an_end_that_nobody_uses() -> None:
    instrument = get("core_10")
    answers = answers_to(instrument, 300, loading=0.8).clip(upper=3)
    found = only(check_keying(instrument, answers))
    assert (found.kind, found.facts["end"], found.proposal.action) == ("end_not_used", 4, "look")
    assert found.facts["n_next"] >= 70


def test_an_end_that_is_merely_rare_is_left_alone() -> None:
    instrument = get("core_10")
    answers = answers_to(instrument, 300, loading=0.8).clip(upper=2)
    answers.iloc[:69, 0] = 3
    assert [f for f in check_keying(instrument, answers) if f.kind == "end_not_used"] == []


def test_items_that_everybody_answers_alike() -> None:
    instrument = get("phq9")
    answers = answers_to(instrument, 200)
    answers[[3, 6]] = 0.0
    found = only(check_keying(instrument, answers))
    assert (found.kind, found.items) == ("all_alike", (3, 6))
    assert (found.facts["n"], found.facts["answer"]) == (200, 0)


def test_a_questionnaire_answered_alike_throughout() -> None:
    answers = pd.DataFrame(0.0, index=range(40), columns=range(1, 10))
    found = only(check_keying(get("phq9"), answers))
    assert (found.kind, found.items) == ("all_alike", tuple(range(1, 10)))
    assert check_keying(get("phq9"), answers[:20]) == []


def test_a_rare_answer_missing_in_a_small_group_is_no_finding() -> None:
    # Nobody of 40 ticks the ninth item, as is to be hoped.
    answers = answers_to(get("phq9"), 40)
    answers[9] = 0.0
    assert check_keying(get("phq9"), answers) == []


# --- proposals -----------------------------------------------------------------------------


def test_findings_are_frozen_and_can_be_kept_in_a_set() -> None:
    found = check_keying(get("phq9"), answers_to(get("phq9"), 60) + 1)
    assert len(set(found)) == 1
    with pytest.raises(AttributeError):
        found[0].scale = "other"  # type: ignore[misc]


def test_reversing_twice_changes_nothing() -> None:
    instrument, proposal = get("das_32"), Proposal("reverse", (18, 23, 29, 31))
    answers = answers_to(instrument, 20)
    once = with_proposal(instrument, answers, proposal)
    assert not once.equals(answers)
    pd.testing.assert_frame_equal(with_proposal(instrument, once, proposal), answers)


@pytest.mark.parametrize(
    ("proposal", "text"),
    [
        (Proposal("reverse", (18, 19)), "reverse (18, 19)"),
        (Proposal("add", (1, 2), amount=-1), "subtract 1"),
        (Proposal("add", (1, 2), amount=1), "add 1"),
        (Proposal("look", (3,)), "look (3)"),
        (Proposal("ask which to reverse", (1, 2), (3, 4)), "reverse (1, 2) or (3, 4)"),
    ],
)
def test_proposals_have_a_text_to_record(proposal: Proposal, text: str) -> None:
    assert proposal.text == text


def test_looking_changes_nothing() -> None:
    answers = answers_to(get("phq9"), 5)
    looked = with_proposal(get("phq9"), answers, Proposal("look", (1,)))
    pd.testing.assert_frame_equal(looked, answers)


@pytest.mark.parametrize(
    "answers", [pd.DataFrame({12: [1]}), pd.DataFrame({1: ["x"]}), pd.DataFrame({"one": [1]})]
)
def test_answers_that_fit_no_item_are_refused(answers: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="phq9"):
        check_keying(get("phq9"), answers)


def test_a_proposal_for_an_unknown_item_is_refused() -> None:
    with pytest.raises(ValueError, match="number=12"):
        with_proposal(get("phq9"), answers_to(get("phq9"), 3), Proposal("reverse", (12,)))


def test_a_supplied_key_is_what_answers_are_held_against() -> None:
    scale = questionnaire(10).scales[0]
    keyed = replace(questionnaire(10), scales=(replace(scale, reversed_items=(2, 4)),))
    assert check_keying(keyed, answers_to(keyed, 150)) == []
    found = only(check_keying(questionnaire(10), answers_to(keyed, 150)))
    assert (found.kind, found.items) == ("not_reversed", (2, 4))
