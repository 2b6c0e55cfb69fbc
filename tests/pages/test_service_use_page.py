"""Service use: a site's own numbers, released ones across sites, and a cost that is not kept."""

from __future__ import annotations

import re

from evaluation.ingest.pipeline import read_files
from evaluation.model import ALL_SITES
from evaluation.report.dose_wording import COST_COUNTS, DOSE_NO_PROOF
from evaluation.report.measures import headline_measure as of_the_site_page
from evaluation.tables.dose import headline_measure
from pages.shell.loaders import load_results


def test_a_site_in_plain_sentences_first(sample_store, visit):
    app = visit.check(visit.open_page("service_use", site="luton"))
    text = visit.words(app)
    assert re.search(
        r"Of 390 people referred, \d+ took up support \(\d+ in 100; \d+ to \d+\)", text
    )
    for words in ("sessions were offered to", "ended as planned", "out of 10 on average",
                  "would recommend it", "Workers rated", DOSE_NO_PROOF):  # fmt: skip
        assert words in text
    assert "Every figure, with intervals" in [e.label for e in app.expander]
    assert "95% interval" in visit.cells(app)


def test_a_cost_is_used_for_the_page_and_nothing_else(sample_store, visit):
    app = visit.check(visit.open_page("service_use", site="luton"))
    assert "£" not in visit.words(app)
    visit.check(app.number_input[0].set_value(50_000).run())
    text = visit.words(app)
    assert "£50,000 for" in text
    assert COST_COUNTS in text
    visit.check(app.selectbox[0].select("croydon").run())
    assert "£" not in visit.words(app)


def test_all_sites_show_nothing_small(sample_store, visit):
    app = visit.check(visit.open_page("service_use", site="luton"))
    visit.check(app.radio[0].set_value("All sites together").run())
    assert not app.selectbox and not app.number_input
    sites = next(t.value for t in app.table if "Site" in t.value)
    referred = sites["Referred"].tolist()
    assert all(n == "hidden" or int(n.replace(",", "")) % 5 == 0 for n in referred)
    small = sites[sites["Site"] == "Lambeth"].iloc[0]
    assert small["Sessions attended"] == small["Ended as planned"] == "hidden"
    text = visit.words(app)
    [offered] = re.findall(r"([\d,]+) sessions were offered", text)
    assert int(offered.replace(",", "")) % 5 == 0


def test_a_site_without_service_use_is_told_where_it_would_come_from(tiny_store, visit):
    app = visit.check(visit.open_page("service_use", site="luton"))
    assert "service_use" in " ".join(info.value for info in app.info)
    assert "in 100" not in visit.words(app)


def test_eight_people_get_no_share_out_of_a_hundred(store, visit):
    rows = [f"Luton,P{n},{'yes' if n < 6 else 'no'}" for n in range(8)]
    data = "\n".join(["site,participant,took_up", *rows]).encode()
    store.commit(read_files([("service_use.csv", data)], known_sites=store.known_sites()))
    text = visit.words(visit.check(visit.open_page("service_use", site="luton")))
    assert "Of eight people referred, six took up support." in text


def test_the_measure_is_that_of_the_site_page(on_own_computer, sample_store):
    results = load_results()
    sites = [ALL_SITES, *results.people["site"].unique()]
    for site in sites:
        found = headline_measure(results, site)
        assert ".".join(found) == of_the_site_page(results, site)
