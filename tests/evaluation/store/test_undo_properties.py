"""Whatever is uploaded: twice is once, undo is exact, and the order of rows means nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.model import ImportReport
from evaluation.store.repository import Store
from tests.evaluation.store.databases import SQLITE, Databases
from tests.evaluation.store.uploads import counted, held, row, upload, used

people = st.sampled_from(["P1", "P2", "P3"])
answers = st.dictionaries(st.sampled_from([1, 2, 10, "total"]), st.sampled_from([0.0, 1.0, 2.0]))
reasons = st.dictionaries(
    st.sampled_from(["1", "2", "total"]), st.sampled_from(["", "refused", "not known"])
)
said = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["", "mother", "father"]),
        "gender": st.sampled_from(["", "female", "male"]),
        "couple": st.sampled_from(["", "C1"]),
    }
)
services = st.dictionaries(
    people,
    st.fixed_dictionaries({}, optional={"took_up": st.booleans(), "ending": st.just("planned")}),
)
measured = st.dictionaries(
    st.tuples(people, st.sampled_from(["", "K1"]), st.sampled_from(["baseline", "end"])),
    st.tuples(st.sampled_from([0.0, 1.0, 3.0]), st.sampled_from(["count", "yes_no"])),
    max_size=4,
)
texts = st.sampled_from(["", "a", "b"])
Parts = tuple[list[dict[str, Any]], tuple[dict[str, Any], ...], tuple[dict[str, Any], ...], str]


@st.composite
def parts(draw: st.DrawFn) -> Parts:
    """The rows of a file, the service used, what was counted, and how it was read."""
    occasions = st.tuples(
        st.sampled_from(["Luton", "Bath"]), people, st.sampled_from(["baseline", "end"])
    )
    about = {(site, who): draw(said) for site in ("Luton", "Bath") for who in ("P1", "P2", "P3")}
    rows = [
        row(who, wave, phq9=draw(answers), reasons={"phq9": draw(reasons)}, **about[site, who])
        | {"site": site}
        for site, who, wave in draw(st.lists(occasions, unique=True, max_size=5))
    ]
    service = tuple(used(who, **content) for who, content in draw(services).items())
    indicators = tuple(
        counted(who, value=value, wave=wave, child=child, kind=kind)
        for (who, child, wave), (value, kind) in draw(measured).items()
    )
    return rows, service, indicators, draw(texts)


@contextmanager
def new_store(databases: Databases) -> Iterator[tuple[Store, str]]:
    with databases.fresh() as url:
        store = Store(url)
        yield store, url
        store.close()


def examples(databases: Databases, test: Callable[..., None]) -> None:
    """Try a test of what hypothesis makes; fewer times where a fresh database takes its time."""
    n = 10 if databases.name == SQLITE else 4
    settings(max_examples=n, deadline=None)(test)()


def commit(store: Store, rows: list, service: tuple, indicators: tuple, mapping: str) -> int:
    return store.commit(
        report(rows, service, indicators), mapping_text=mapping, mapping_key=("typed", "s")
    ).import_id


def report(rows: list, service: tuple, indicators: tuple) -> ImportReport:
    return upload(*rows, service=service, indicators=indicators)


def content(url: str) -> dict[str, list[tuple]]:
    """What is stored, without the numbers of rows and in an order of its own."""
    tables = held(url)
    sites = {number: slug for number, slug, *_ in tables["site"]}
    codes = {number: (sites[site], code) for number, site, code, *_ in tables["participant"]}
    return {
        "participant": sorted((sites[r[1]], *r[2:]) for r in tables["participant"]),
        "response": sorted(
            ((*r[1:3], codes[r[3]], *r[4:]) for r in tables["response"]), key=repr
        ),
        "service_use": sorted(
            ((*r[1:3], codes[r[3]], *r[4:]) for r in tables["service_use"]), key=repr
        ),
        "indicator": sorted(
            ((*r[1:3], codes[r[3]], *r[4:]) for r in tables["indicator"]), key=repr
        ),
        "mapping": tables["mapping"],
        "site": sorted(r[1:] for r in tables["site"]),
    }  # fmt: skip


def test_twice_is_once(databases: Databases) -> None:
    @given(parts(), parts())
    def check(first, second) -> None:
        with new_store(databases) as (store, url):
            commit(store, *first)
            commit(store, *second)
            once = held(url)
            assert store.preview(report(*second[:3])).nothing_to_store
            commit(store, *second)
            assert held(url) == once

    examples(databases, check)


def test_undoing_the_newest_again_and_again_goes_back_step_by_step(databases: Databases) -> None:
    @given(st.lists(parts(), min_size=1, max_size=4))
    def check(uploads) -> None:
        with new_store(databases) as (store, url):
            states, numbers = [], []
            for each in uploads:
                states.append(held(url))
                numbers.append(commit(store, *each))
            for state, number in zip(reversed(states), reversed(numbers), strict=True):
                assert store.undo(number).kept.empty
                assert held(url) == state

    examples(databases, check)


def test_undoing_all_in_any_order_leaves_nothing(databases: Databases) -> None:
    @given(st.lists(parts(), min_size=2, max_size=4), st.randoms(use_true_random=False))
    def check(uploads, random) -> None:
        with new_store(databases) as (store, url):
            before = held(url)
            numbers = [commit(store, *each) for each in uploads]
            random.shuffle(numbers)
            for number in numbers:
                store.undo(number)
            assert held(url) == before
            assert held(url, ("participant_change",)) == {"participant_change": []}

    examples(databases, check)


def test_the_order_of_rows_means_nothing(databases: Databases) -> None:
    @given(parts(), parts(), st.randoms(use_true_random=False))
    def check(first, second, random) -> None:
        with new_store(databases) as (store, url), new_store(databases) as (other, other_url):
            for rows, service, indicators, mapping in (first, second):
                commit(store, rows, service, indicators, mapping)
                mixed = [list(part) for part in (rows, service, indicators)]
                for part in mixed:
                    random.shuffle(part)
                commit(other, mixed[0], tuple(mixed[1]), tuple(mixed[2]), mapping)
            assert content(url)["response"] == content(other_url)["response"]
            ours, theirs = content(url), content(other_url)
            for each in (ours, theirs):
                del each["mapping"]  # has the time of day
            assert ours == theirs

    examples(databases, check)
