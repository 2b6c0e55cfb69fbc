"""A site's own questionnaires: what is accepted, what is refused and with which words, scores."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.cli import main
from evaluation.ingest.definitions.local_questionnaires import (
    definition_texts,
    parse_definitions,
    preview,
    same_scores,
)
from evaluation.ingest.definitions.marked_yaml import LARGEST_BYTES, write_yaml
from evaluation.model import Problem
from instruments.definition import Instrument
from instruments.registry import all_instruments
from instruments.scoring import score

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((ROOT / "sample_data" / "local").glob("*.yaml"))
STAI = ROOT.parent / "shared" / "real_data" / "scores" / "stai_state_28studies_waves.csv"
KNOWN = {instrument.id for instrument in all_instruments()}

MANCHESTER = """\
- id: manchester_lfo
  name: Manchester LFO relationship questionnaire
  items: 12                      # or a list of {number, minimum, maximum, labels}
  minimum: 0
  maximum: 10
  scales:
    - {id: total, label: Relationship today, items: [1,2,3,4,5,6,7,8,9,10,11,12], reversed: [4, 7],
       rule: sum, better: higher, missing: {max_missing: 1, method: prorate}, reliability: 0.86,
       reliability_source: "…", cutoff: 60, norm: {mean: 82, sd: 14, source: "…"}}
"""
SMALL = """\
- id: ours
  name: Our questionnaire
  items: 3
  minimum: 0
  maximum: 4
  scales:
    - id: total
      items: [1, 2, 3]
      better: higher
"""


def parsed(text: str | bytes) -> Instrument:
    instruments, problems = parse_definitions(text, known_ids=KNOWN)
    assert problems == ()
    assert len(instruments) == 1
    return instruments[0]


def refused(text: str | bytes) -> tuple[Problem, ...]:
    instruments, problems = parse_definitions(text, known_ids=KNOWN, file="ours.yaml")
    assert instruments == ()
    for problem in problems:
        assert problem.code == "definition_invalid"
        assert problem.severity == "block_file"
        assert problem.file == "ours.yaml"
        assert problem.message.startswith(f"Line {problem.row}: ")
        assert problem.message.endswith((".", "?"))
        assert problem.fix.endswith(".")
    return problems


# --- what is accepted ------------------------------------------------------------------------


def test_the_documented_example_is_read_as_written() -> None:
    instrument = parsed(MANCHESTER)
    assert (instrument.id, instrument.name) == (
        "manchester_lfo",
        "Manchester LFO relationship questionnaire",
    )
    assert [(i.number, i.minimum, i.maximum) for i in instrument.items] == [
        (n, 0, 10) for n in range(1, 13)
    ]
    scale = instrument.scale("total")
    assert scale.label == "Relationship today"
    assert scale.items == tuple(range(1, 13))
    assert scale.reversed_items == (4, 7)
    assert (scale.rule, scale.better, scale.score_range) == ("sum", "higher", (0, 120))
    assert (scale.missing.method, scale.missing.max_missing) == ("prorate", 1)
    assert scale.reliability[0].value == 0.86
    assert scale.cutoffs[0].text == "<= 60"
    assert (scale.norms[0].mean, scale.norms[0].sd) == (82, 14)
    assert scale.norm("functional") is not None
    assert scale.published_cutoff is not None


def test_a_local_scale_may_be_a_headline_and_a_number_without_source_is_unverified() -> None:
    text = SMALL + "      reliability: 0.7\n      norm: {mean: 6, sd: 2}\n"
    instrument = parsed(text)
    scale = instrument.scale("total")
    assert (scale.evidence, scale.citation) == ("single source", "defined by the site")
    assert scale.may_be_headline
    assert instrument.primary_scale == "total"
    assert scale.reliability[0].evidence == "unverified"
    assert scale.norms[0].evidence == "unverified"
    assert scale.norm("functional") is None
    assert any("names no source" in note for note in instrument.notes)
    sourced = text.replace("sd: 2", "sd: 2, source: Our pilot") + (
        "      reliability_source: Our pilot\n      reliability_kind: alpha\n"
    )
    scale = parsed(sourced).scale("total")
    assert scale.reliability[0].evidence == "single source"
    assert (scale.reliability[0].kind, scale.reliability[0].citation) == ("alpha", "Our pilot")
    assert scale.norm("functional") is not None


def test_items_may_differ_and_words_like_no_stay_words() -> None:
    instrument = parsed(
        "- id: mixed\n"
        "  name: 2017\n"
        "  about_child: yes\n"
        "  waves: [baseline, post, 4m]\n"
        "  items:\n"
        "    - {number: 3, minimum: 0, maximum: 1, labels: [no, yes]}\n"
        "    - {number: 1, minimum: -2, maximum: 2, text: A question of our own}\n"
        "  scales:\n"
        "    - {id: total, items: [3, 1], better: neither}\n"
    )
    assert [(i.number, i.minimum, i.maximum) for i in instrument.items] == [(1, -2, 2), (3, 0, 1)]
    assert instrument.item(3).labels == ("no", "yes")
    assert instrument.item(1).hint == "A question of our own"
    assert instrument.name == "2017"
    assert instrument.about_child
    assert instrument.scale("total").score_range == (-2, 3)
    assert "Given at: baseline, post, 4m." in instrument.notes


@pytest.mark.parametrize(
    ("better", "cutoff", "expected"),
    [
        ("higher", "6", "<= 6"), ("higher", "'< 6.5'", "< 6.5"), ("higher", "<=6", "<= 6"),
        ("lower", "6", ">= 6"), ("lower", "'> 6'", "> 6"), ("lower", "'>= 6'", ">= 6"),
    ],
)  # fmt: skip
def test_the_comparison_of_a_cutoff_follows_the_direction(
    better: str, cutoff: str, expected: str
) -> None:
    text = SMALL.replace("higher", better) + f"      cutoff: {cutoff}\n"
    assert parsed(text).scale("total").cutoffs[0].text == expected


def test_bands_begin_at_the_lowest_score_and_ascend() -> None:
    bands = "      bands: [{id: low, label: Low, from: 0}, {id: high, from: 6}]\n"
    scale = parsed(SMALL + bands).scale("total")
    assert [(b.id, b.label, b.low) for b in scale.bands[0].bands] == [
        ("low", "Low", 0),
        ("high", "high", 6),
    ]


def test_a_single_definition_needs_no_dash_and_a_file_may_hold_several() -> None:
    assert (
        parsed("\ufeff" + SMALL.replace("- ", "  ", 1).replace("\n  ", "\n").lstrip()).id == "ours"
    )
    both, problems = parse_definitions(MANCHESTER + SMALL, known_ids=KNOWN)
    assert problems == ()
    assert [instrument.id for instrument in both] == ["manchester_lfo", "ours"]


# --- what is refused -------------------------------------------------------------------------


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


@pytest.mark.parametrize(
    ("text", "line", "words", "fix"),
    [
        (changed("name:", "nmae:"), 2, "'nmae' means nothing", "id, name, short_name"),
        (changed("  name: Our questionnaire\n", ""), 1, "no 'name'", "name:"),
        (changed("- id: ours\n", "-\n"), 2, "no 'id'", "id:"),
        (changed("  items: 3\n", ""), 1, "no 'items'", "items:"),
        (SMALL[: SMALL.index("  scales")], 1, "no 'scales'", "scales:"),
        (changed("      better: higher\n", ""), 7, "no 'better'", "better: lower"),
        (changed("better: higher", "better: up"), 9, "'better: up'", "higher, lower, neither"),
        (changed("id: ours", "id: phq9"), 1, "'id: phq9'", "of your own"),
        (changed("id: ours", "id: our own"), 1, "'id: our own'", "small letters"),
        (changed("id: ours", "id: Ours"), 1, "'id: Ours'", "small letters"),
        (changed("id: ours", "id: 3ours"), 1, "'id: 3ours'", "small letters"),
        (changed("id: ours", f"id: {'x' * 41}"), 1, "xxx", "up to 40"),
        (changed("id: ours", "id: sdq_added_value"), 1, "another questionnaire", "of your own"),
        (changed("items: [1, 2, 3]", "items: [1, 2, 4]"), 8, "item 4", "1 to 3"),
        (changed("items: [1, 2, 3]", "items: [1, 2, 2]"), 8, "Item 2", "once"),
        (changed("items: [1, 2, 3]", "items: [1, two]"), 8, "'two in items'", "whole number"),
        (changed("items: [1, 2, 3]", "items: all"), 8, "'items' is not a list", "[a, b, c]"),
        (changed("items: [1, 2, 3]", "items: []"), 8, "'items' is not a list", "[a, b, c]"),
        (changed("      items: [1, 2, 3]\n", ""), 7, "no 'items'", "items:"),
        (SMALL + "      reversed: [4]\n", 10, "Item 4 is reversed", "1 to 3"),
        (SMALL + "      rule: item1 + 2\n", 10, "'rule: item1 + 2'", "sum, mean, percent"),
        (SMALL + "      reliability: 1\n", 10, "'reliability: 1'", "between 0 and 1"),
        (SMALL + "      reliability: 0\n", 10, "'reliability: 0'", "between 0 and 1"),
        (SMALL + "      reliability: .nan\n", 10, "'reliability: .nan'", "between 0 and 1"),
        (SMALL + "      reliability_source: x\n", 10, "no 'reliability'", "Add"),
        (SMALL + "      norm: {mean: 6}\n", 10, "no 'sd'", "sd:"),
        (SMALL + "      norm: {mean: 6, sd: 0}\n", 10, "'sd: 0'", "between 0 and 12"),
        (SMALL + "      norm: {mean: 13, sd: 2}\n", 10, "'mean: 13'", "from 0 to 12"),
        (SMALL + "      norm: 6\n", 10, "'norm' has no keys", "mean"),
        (SMALL + "      cutoff: '>= 6'\n", 10, "'cutoff: >= 6'", "higher scores are better"),
        (SMALL + "      cutoff: about 6\n", 10, "'cutoff: about 6'", "a number"),
        (SMALL + "      cutoff: 12\n", 10, "'cutoff: 12'", "from 0 to 12"),
        (SMALL + "      cutoff: < 0\n", 10, "'cutoff: < 0'", "from 0 to 12"),
        (SMALL + "      cutoff:\n", 10, "'cutoff' has no text", "delete"),
        (SMALL + "      missing: {max_missing: 1}\n", 10, "no 'method'", "prorate"),
        (SMALL + "      missing: {method: prorate}\n", 10, "how many", "max_missing"),
        (SMALL + "      missing: {method: prorate, max_missing: 3}\n", 10, "missing: 3", "0 to 2"),
        (SMALL + "      missing: {method: strict, max_missing: 1}\n", 10, "allows no", "prorate"),
        (SMALL + "      bands: [{id: low, from: 1}]\n", 10, "lowest score", "from: 0"),
        (SMALL + "      bands: [{id: a, from: 0}, {id: b, from: 0}]\n", 10, "above 'a'", "lowest"),
        (SMALL + "      bands: [{id: a, from: 0}, {id: a, from: 2}]\n", 10, "twice", "of its own"),
        (SMALL + "      bands: [{id: a, from: 0}, {id: b, from: 13}]\n", 10, "from: 13", "0 to 12"),
        (SMALL + "    - {id: total, items: [1], better: lower}\n", 10, "given twice", "own"),
        (SMALL + "    - {id: To tal, items: [1], better: lower}\n", 10, "'id: To tal'", "small"),
        (SMALL + "    - total\n", 10, "has no keys", "dash"),
        (SMALL + SMALL, 10, "used twice in this file (first in line 1)", "of its own"),
        (SMALL + "  name: again\n", 10, "'name' is given twice (first in line 2)", "one"),
        (changed("minimum: 0", "minimum: 4"), 4, "'minimum: 4' is not below", "lowest answer"),
        (changed("minimum: 0", "minimum: 0.5"), 4, "'minimum: 0.5'", "whole number"),
        (changed("maximum: 4", "maximum: 4000"), 5, "'maximum: 4000'", "1000"),
        (changed("  minimum: 0\n", ""), 1, "no 'minimum'", "whole number"),
        (changed("items: 3", "items: 0"), 3, "'items: 0'", "from 1 to"),
        (changed("items: 3", "items: 3\n  labels: [a, b]"), 4, "2 labels for the 5", "0 to 4"),
        (changed("items: 3", "items: [1, 2, 3]"), 3, "has no keys", "number"),
        (changed("items: 3", "items: [{number: 1}, {number: 1}]"), 3, "given twice", "own"),
        (changed("items: 3", "items: 3\n  waves: [start]"), 4, "'waves: start'", "baseline"),
        (changed("items: 3", "items: 3\n  about_child: perhaps"), 4, "perhaps", "yes, no"),
        (SMALL.replace("id: ours", "id: age").replace("total", "band"), 7, "'age_band'", "another"),
        ("", 1, "no definition", "id"),
        ("just words", 1, "no definition", "id"),
        ("- just words\n- 3\n", 1, "no definition", "id"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(
    text: str, line: int, words: str, fix: str
) -> None:
    fitting = [p for p in refused(text) if p.row == line and words in p.message]
    assert len(fitting) == 1, refused(text)
    assert fix in fitting[0].fix


def test_prorating_needs_items_that_allow_the_same_answers() -> None:
    text = (
        "- id: mixed\n  name: Mixed\n  items:\n"
        "    - {number: 1, minimum: 0, maximum: 1}\n    - {number: 2, minimum: 0, maximum: 9}\n"
        "  scales:\n"
        "    - {id: total, items: [1, 2], better: lower,\n"
        "       missing: {method: prorate, max_missing: 1}}\n"
    )
    assert [p.row for p in refused(text)] == [8]
    parsed(text.replace("method: prorate, max_missing: 1", "method: strict"))


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = (
        "- id: phq9\n"
        "  nmae: Ours\n"
        "  items: 3\n"
        "  minimum: 4\n"
        "  maximum: 0\n"
        "  scales:\n"
        "    - id: total\n"
        "      items: [1, 2, 9]\n"
        "      rule: median\n"
        "      reliability: 1.5\n"
        "      norm: {mean: 3}\n"
        "- id: second\n"
        "  name: Second\n"
    )
    assert [problem.row for problem in refused(text)] == [1, 1, 2, 4, 7, 8, 9, 10, 11, 12, 12]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (SMALL + "      cutoff: >= 6\n", 10, "cannot be read as YAML"),
        (SMALL + "\treliability: 0.8\n", 10, "cannot be read as YAML"),
        (SMALL.replace("[1, 2, 3]", "[1, 2, 3"), 9, "cannot be read as YAML"),
        (SMALL + "      label: 'x\x07'\n", 10, "a character is not allowed"),
        (SMALL.encode() + b"      label: caf\xe9\n", 10, "not UTF-8"),
        (SMALL + "---\n" + SMALL, 10, "second document"),
        (SMALL.replace("name: Our", "name: &a Our") + "      label: *a\n", 10, "'*a' refers"),
        (SMALL.replace("items: 3", "items: !!int 3"), 3, "is a tag"),
        (SMALL.replace("name: Our", "name: !!python/object/apply:os.getcwd Our"), 2, "is a tag"),
        ("[" * 20_000, 1, "too deep"),
        ("{a: " * 20_000, 1, "too deep"),
        (SMALL + "#" * LARGEST_BYTES, 1, "too large"),
        (SMALL + "  ? [a, b]\n  : 3\n", 10, "no key"),
    ],
)
def test_what_is_not_harmless_yaml_is_refused(text: str | bytes, line: int, words: str) -> None:
    assert [p for p in refused(text) if p.row == line and words in p.message]


def test_nested_references_are_never_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    problems = refused("\n".join(lines))
    assert {problem.row for problem in problems} == set(range(1, 13))


_WORDS = st.sampled_from(
    ["id", "name", "items", "scales", "minimum", "labels", "total", "1", "-3", "0.5", "", "no", "~",
     "higher", "sum", "[1, 2]", "{a: b}", "missing", "norm", "<= 3", "phq9", "reversed", "x y"]
)  # fmt: skip
_SCALE_KEYS = st.sampled_from(
    ["id", "items", "reversed", "rule", "better", "missing", "reliability", "cutoff", "norm",
     "bands", "label", "other"]
)  # fmt: skip
_VALUES = st.recursive(
    _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["id", "name", "items", "minimum", "maximum", "labels"]), _VALUES
    ),
    st.lists(st.dictionaries(_SCALE_KEYS, _VALUES), max_size=2),
)
def test_whatever_is_typed_there_is_an_answer(top: dict, scales: list) -> None:
    whole = {"id": "ours", "name": "Ours", "items": "3", "minimum": "0", "maximum": "4"} | top
    text = write_yaml([whole | {"scales": scales}])
    instruments, problems = parse_definitions(text, known_ids=KNOWN)
    assert bool(instruments) != bool(problems)
    assert all(1 <= (problem.row or 0) <= text.count("\n") + 1 for problem in problems)


# --- scores ----------------------------------------------------------------------------------


def by_hand(definition: dict, scale: dict, answers: list[int | None]) -> Fraction | None:
    """The score from the definition as typed: reverse, count what is missing, add up."""
    low, high = definition["minimum"], definition["maximum"]
    keyed = []
    for number in scale["items"]:
        answer = answers[number - 1]
        if answer is not None:
            keyed.append(low + high - answer if number in scale["reversed"] else answer)
    n_items = len(scale["items"])
    allowed = scale["missing"].get("max_missing", 0)
    if not keyed or n_items - len(keyed) > allowed:
        return None
    mean = Fraction(sum(keyed), len(keyed))
    if scale["rule"] == "sum":
        return mean * n_items
    return mean if scale["rule"] == "mean" else 100 * (mean - low) / (high - low)


@st.composite
def definitions(draw: st.DrawFn) -> tuple[dict, list[list[int | None]]]:
    n_items = draw(st.integers(1, 9))
    low = draw(st.integers(-3, 3))
    high = low + draw(st.integers(1, 10))
    every = list(range(1, n_items + 1))
    scales = []
    for number in range(draw(st.integers(1, 3))):
        members = draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
        most = draw(st.integers(0, len(members) - 1))
        scales.append(
            {
                "id": f"scale_{number}",
                "items": members,
                "reversed": draw(st.lists(st.sampled_from(members), unique=True)),
                "rule": draw(st.sampled_from(["sum", "mean", "percent"])),
                "better": draw(st.sampled_from(["higher", "lower", "neither"])),
                "missing": {"method": "prorate", "max_missing": most} if most else
                {"method": "strict"},
            }
        )  # fmt: skip
    definition = {"id": "ours", "name": "Ours", "items": n_items, "minimum": low, "maximum": high}
    answer = st.none() | st.integers(low, high)
    rows = draw(
        st.lists(st.lists(answer, min_size=n_items, max_size=n_items), min_size=1, max_size=4)
    )
    return definition | {"scales": scales}, rows


@settings(max_examples=40, deadline=None)
@given(definitions())
def test_a_score_is_what_the_definition_says(drawn: tuple[dict, list[list[int | None]]]) -> None:
    definition, rows = drawn
    instrument = parsed(json.dumps([definition]))
    table = pd.DataFrame(rows, columns=range(1, definition["items"] + 1), dtype=float)
    scored = score(instrument, table)
    for scale in definition["scales"]:
        mine = scored[scored["scale"] == scale["id"]]["score"].tolist()
        low, high = instrument.scale(scale["id"]).score_range
        for answers, value in zip(rows, mine, strict=True):
            expected = by_hand(definition, scale, answers)
            if expected is None:
                assert pd.isna(value)
            else:
                assert value == pytest.approx(float(expected), rel=1e-12, abs=1e-12)
                assert low - 1e-9 <= value <= high + 1e-9


def test_stai_as_a_local_questionnaire_on_public_answers() -> None:
    """Alpha from the sum of item variances and the variance of our total: .9138, unkeyed .7095.

    Counts and both alphas: description of the public file (5,199 complete rows, all studies).
    """
    if not STAI.exists():
        pytest.skip("the public file of the STAI is not on this machine")
    with STAI.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])[3:]
    calm = ("calm", "secure", "at.ease", "rested", "comfortable", "confident", "relaxed",
            "content", "joyful", "pleasant")  # fmt: skip
    turned = [n for n, name in enumerate(names, start=1) if name in calm]
    answers = pd.DataFrame(rows)[names].apply(pd.to_numeric, errors="coerce")
    answers.columns = range(1, 21)
    for key, expected in ((turned, 0.9138), ([], 0.7095)):
        definition = {
            "id": "stai_state", "name": "STAI, state", "items": 20, "minimum": 1, "maximum": 4,
            "scales": [{"id": "total", "items": list(range(1, 21)), "reversed": key,
                        "better": "lower"}],
        }  # fmt: skip
        scored = score(parsed(json.dumps([definition])), answers)
        complete = scored["status"] == "complete"
        assert complete.sum() == 5199
        of_items = answers[complete.to_numpy()].var().sum()
        alpha = 20 / 19 * (1 - of_items / scored.loc[complete, "score"].var())
        assert alpha == pytest.approx(expected, abs=5e-5)


# --- preview ---------------------------------------------------------------------------------


def test_pasted_answers_are_scored_whatever_divides_them() -> None:
    instrument = parsed(SMALL + "      reversed: [2]\n")
    pasted = "1 0 3\n\n1\t0\t3\r\n1, 0, 3\n1;0;3\n1,,3\n"
    table, problems = preview(instrument, pasted)
    assert problems == ()
    assert table["row"].tolist() == [1, 3, 4, 5, 6]
    assert table["score"].tolist()[:4] == [8, 8, 8, 8]  # 1 + (4 - 0) + 3
    assert table["status"].tolist()[4] == "not_scored"


def test_pasted_answers_that_cannot_be_used_are_told() -> None:
    table, problems = preview(parsed(SMALL), "1 2\n1 2 5\n4 4 4\nx,1,1\n")
    assert [(p.code, p.severity, p.row) for p in problems] == [
        ("wrong_number_of_answers", "refuse_row", 1),
        ("answer_not_allowed", "drop_cell", 2),
        ("answer_not_allowed", "drop_cell", 4),
    ]
    assert "2 answers; there are 3 items" in problems[0].message
    assert problems[1].cell == "C2"
    assert table["row"].tolist() == [2, 3, 4]
    assert table["score"].tolist()[1] == 12


def test_nothing_pasted_gives_an_empty_table() -> None:
    table, problems = preview(parsed(SMALL), " \n")
    assert table.empty
    assert "score" in table.columns
    assert problems == ()


# --- versions --------------------------------------------------------------------------------


def test_the_fingerprint_ignores_layout_and_comments_only() -> None:
    one = definition_texts(SMALL)[0]
    again = "# ours\n" + SMALL.replace(
        "items: [1, 2, 3]", "items:\n      - 1\n      - 2\n      - 3"
    )
    assert definition_texts(again)[0].sha256 == one.sha256
    assert definition_texts(SMALL.replace("Our", "Their"))[0].sha256 != one.sha256
    assert parsed(SMALL).version == one.sha256[:12]


def test_a_definition_taken_out_of_a_file_is_the_same_definition() -> None:
    every = "".join(path.read_text(encoding="utf-8") for path in EXAMPLES)
    found = definition_texts(every)
    assert len(found) == 9
    for definition in found:
        assert parsed(definition.text).id == definition.id
        assert definition_texts(definition.text)[0].sha256 == definition.sha256
    assert definition_texts(MANCHESTER)[0].text == MANCHESTER


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ("      label: Another name\n", True),
        ("      reliability: 0.9\n", True),
        ("      cutoff: 5\n", True),
        ("      reversed: [1]\n", False),
        ("      rule: mean\n", False),
        ("      missing: {method: prorate, max_missing: 1}\n", False),
        ("      bands: [{id: low, from: 0}]\n", False),
        ("    - {id: one, items: [1], better: higher}\n", False),
    ],
)
def test_which_changes_change_a_score(change: str, same: bool) -> None:
    assert same_scores(parsed(SMALL), parsed(SMALL + change)) is same


# --- examples --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_can_be_used_and_say_what_they_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    instruments, problems = parse_definitions(text, known_ids=KNOWN)
    assert problems == ()
    assert text.startswith("# EXAMPLE")
    for instrument in instruments:
        assert "(example)" in instrument.name
        assert instrument.citation == "Example, invented"
        assert not any(item.hint for item in instrument.items)
        for scale in instrument.scales:
            assert all(r.citation == "Example, invented" for r in scale.reliability)
            assert all(n.citation == "Example, invented" for n in scale.norms)


# --- the whole way ---------------------------------------------------------------------------


def rows_of(
    instrument: str, n_items: int, people: dict[tuple[str, str], list[int]], **cells: str
) -> pd.DataFrame:
    """Canonical rows: (participant, wave) with its answers."""
    columns = [f"{instrument}_{number}" for number in range(1, n_items + 1)]
    return pd.DataFrame(
        [
            {"site": "Luton", "participant": who, "wave": wave, **cells,
             **dict(zip(columns, answers, strict=True))}
            for (who, wave), answers in people.items()
        ]
    )  # fmt: skip


@pytest.fixture
def answers_file(tmp_path: Path) -> Path:
    parents = {
        ("P1", "baseline"): [5] * 12, ("P1", "end"): [6] * 12,
        ("P2", "baseline"): [4] * 12, ("P2", "end"): [8] * 12,
    }  # fmt: skip
    training = {
        ("T1", "baseline"): [2, 2, 4, 2, 1, 1], ("T1", "post"): [4, 4, 2, 4, 1, 1],
        ("T1", "4m"): [3, 3, 3, 3, 1, 1],
        ("T2", "baseline"): [3, 3, 3, 3, 1, 1], ("T2", "post"): [5, 5, 1, 5, 1, 1],
        ("T2", "4m"): [4, 4, 2, 4, 1, 1],
        ("T3", "baseline"): [1, 1, 5, 1, 1, 1], ("T3", "post"): [3, 3, 3, 3, 1, 1],
    }  # fmt: skip
    audit = {
        ("T1", "baseline"): [0, 0, 1], ("T1", "3m"): [1, 1, 1],
        ("T2", "baseline"): [1, 0, 1], ("T2", "3m"): [1, 0, 1],
    }  # fmt: skip
    table = pd.concat(
        [
            rows_of("manchester_lfo", 12, parents, role="mother"),
            rows_of("practitioner_training", 6, training, role="practitioner"),
            rows_of("blackpool_audit", 3, audit, role="practitioner"),
        ]
    )
    path = tmp_path / "answers.csv"
    table.to_csv(path, index=False)
    return path


def local_files(*names: str) -> list[str]:
    folder = ROOT / "sample_data" / "local"
    return [part for name in names for part in ("--instruments-file", str(folder / f"{name}.yaml"))]


THREE = local_files("manchester", "practitioner_training", "blackpool_audit")


def test_local_questionnaires_go_the_whole_way(answers_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["analyse", str(answers_file), *THREE, "--out", str(out), "--quiet"]) == 0
    effects = pd.read_csv(out / "effects.csv", keep_default_na=False, na_values=[""])
    effects["subgroup"] = effects["subgroup"].fillna("")

    def row(site: str, subgroup: str, instrument: str, scale: str, contrast: str) -> list:
        found = effects[
            (effects["site"] == site) & (effects["subgroup"] == subgroup)
            & (effects["instrument"] == instrument) & (effects["scale"] == scale)
            & (effects["contrast"] == contrast)
        ]  # fmt: skip
        assert len(found) == 1
        names = ["n", "n_excluded", "mean_before", "mean_after", "raw_change", "improvement"]
        return found.iloc[0][names].tolist()

    # P1: 60, then 10 x 6 + 2 x 4 = 68; P2: 10 x 4 + 2 x 6 = 52, then 10 x 8 + 2 x 2 = 84.
    expected = pytest.approx([2, 0, 56, 76, 20, 20])
    assert row("ALL", "", "manchester_lfo", "total", "baseline_end") == expected
    # Confidence with item 3 turned: T1 8, 16, 12; T2 12, 20, 16; T3 4, 12 and no answer at 4m.
    staff = ("Luton", "role=practitioner")
    training = (*staff, "practitioner_training", "confidence")
    assert row(*training, "baseline_post") == pytest.approx([3, 0, 8, 16, 8, 8])
    assert row(*training, "baseline_4m") == pytest.approx([2, 1, 10, 14, 4, 4])
    # Percentage of yes: 1 and 2 of 3 before, 3 and 2 of 3 afterwards.
    assert row(*staff, "blackpool_audit", "total", "baseline_3m") == pytest.approx(
        [2, 0, 50, 250 / 3, 100 / 3, 100 / 3]
    )
    assert set(effects[effects["subgroup"] == ""]["instrument"]) == {"manchester_lfo"}

    change = pd.read_csv(out / "reliable_change.csv", keep_default_na=False, na_values=[""])
    used = change[(change["site"] == "ALL") & (change["in_use"] == "yes")
                  & (change["contrast"] == "baseline_end")].iloc[0]  # fmt: skip
    assert used[["reliability", "cutoff_type", "cutoff", "recovered"]].tolist() == [
        0.86, "published", 60, 2,
    ]  # fmt: skip
    # 1.959964 x sqrt(2) x 5.656854 x sqrt(1 - .86)
    assert used["rc_points"] == pytest.approx(5.866811, abs=1e-5)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["instruments"]) == {
        "manchester_lfo", "practitioner_training", "blackpool_audit",
    }  # fmt: skip


def test_check_score_and_template_know_local_questionnaires(
    answers_file: Path, tmp_path: Path
) -> None:
    assert main(["check", str(answers_file), *THREE, "--quiet"]) == 0
    scores = tmp_path / "scores.csv"
    assert main(["score", str(answers_file), *THREE, "--out", str(scores), "--quiet"]) == 0
    audit = pd.read_csv(scores).query("instrument == 'blackpool_audit'")["score"]
    assert sorted(audit) == pytest.approx([100 / 3, 200 / 3, 200 / 3, 100])
    blank = tmp_path / "blank.xlsx"
    names = ["template", "--instruments", "blackpool_audit,phq9", "--out", str(blank), "--quiet"]
    assert main([*names, *local_files("blackpool_audit")]) == 0
    header = [cell.value for cell in openpyxl.load_workbook(blank)["questionnaires"][1]]
    assert {"blackpool_audit_1", "blackpool_audit_3", "phq9_9"} <= set(header)
    assert main(names) == 2


def test_a_bad_definition_ends_the_command_with_its_sentences(
    answers_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        SMALL.replace("better: higher", "better: up").replace("id: ours", "id: phq9"), "utf-8"
    )
    out, problems = tmp_path / "out", tmp_path / "problems.json"
    assert (
        main(["analyse", str(answers_file), "--instruments-file", str(bad), "--out", str(out)]) == 2
    )
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[:2] for line in lines] == [
        ["bad.yaml", " Line 1"],
        ["bad.yaml", " Line 9"],
    ]
    assert not out.exists()
    check = ["check", str(answers_file), "--instruments-file", str(bad), "--json", str(problems)]
    assert main([*check, "--quiet"]) == 2
    codes = [problem["code"] for problem in json.loads(problems.read_text(encoding="utf-8"))]
    assert codes == ["definition_invalid"] * 2
    assert main(["check", str(answers_file), "--instruments-file", str(tmp_path / "no.yaml")]) == 2
    twice = local_files("manchester", "manchester")
    assert main(["check", str(answers_file), *twice, "--quiet"]) == 2
    assert "another questionnaire" in capsys.readouterr().err
