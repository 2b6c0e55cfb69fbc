"""The command that writes the research export of what is stored: export.

What it needs is imported when it runs: the parser of every command reads this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluation.config import Settings
    from evaluation.disclosure import Level
    from evaluation.programme import Results
    from evaluation.store.repository import Store
    from instruments.definition import Instrument

_BAR = 30  # signs
_RECODE = (
    "'scoring: recode' has no effect on answers that are stored already; give that rule file to "
    "'import', and export without it."
)
_EMPTY = "Nothing has been imported yet, so there is nothing to export."
_NOT_FOR_RELEASE = "Not for release: small counts are not hidden, and single people are in it."


def add_export_options(command: argparse.ArgumentParser, day: Callable[[str], object]) -> None:
    """What may be said beside ``export``."""
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="or a .zip file")
    command.add_argument("--disclosure", choices=("off", "site", "release"), default="release")
    command.add_argument("--site", default="", help="this site only")
    command.add_argument("--settings", type=Path, help="a rule file (YAML)")
    command.add_argument("--data-lock", type=day, metavar="YYYY-MM-DD")


def export(
    options: argparse.Namespace,
    settings: Settings,
    local: Sequence[Instrument],
    say: Callable[[str], None],
) -> int:
    """Write everything that a researcher needs, as far as the disclosure rule lets it leave."""
    from evaluation.cli_release import Releasing, refused
    from evaluation.cli_store import NotStoredError, open_store
    from evaluation.disclosure import ReleaseError
    from evaluation.report.research import research_files, write_research, zipped

    if settings.scoring.recode:
        raise NotStoredError(_RECODE)
    store = open_store()
    if store.snapshot() == 0:
        raise NotStoredError(_EMPTY)
    results = _results(store, options, settings, local)
    sites = _chosen(options.site.strip(), store, results)
    disclosure: Level = options.disclosure
    releasing = Releasing(store, results, sites) if disclosure == "release" else None
    try:
        files = research_files(
            results,
            disclosure=disclosure,
            sites=sites,
            inputs=[] if sites or disclosure == "release" else _inputs(store),
            progress=_progress(options),
            **({} if releasing is None else {"since_last": releasing.since_last}),
        )
    except ReleaseError as error:
        if releasing is not None:
            releasing.note_refused(error)
        raise NotStoredError(refused(error)) from error
    if releasing is not None:
        releasing.say_and_note(files, say)
    if options.out.suffix.casefold() == ".zip":
        options.out.write_bytes(zipped(files))
    else:
        write_research(files, options.out)
    lock = results.data_lock.isoformat()
    say(f"Written to {options.out}: {len(files)} files (data lock {lock}).")
    if disclosure != "release":
        say(_NOT_FOR_RELEASE)
    return 0


def _results(
    store: Store, options: argparse.Namespace, settings: Settings, local: Sequence[Instrument]
) -> Results:
    """The results of everything stored; a definition that is given stands in for a stored one."""
    from evaluation.programme import analyse

    new = {instrument.id for instrument in local}
    stored = [i for i in store.local_questionnaires(earlier=True) if i.id not in new]
    return analyse(
        store.load(), settings, data_lock=options.data_lock, extra_instruments=(*stored, *local)
    )


def _chosen(site: str, store: Store, results: Results) -> list[str] | None:
    """The one site that was asked for, by name or id; ``None`` = all."""
    from evaluation.cli_store import NotStoredError

    if not site:
        return None
    known = store.known_sites()
    if site.casefold() not in known:
        names = ", ".join(dict.fromkeys(known.values()))
        raise NotStoredError(f"'{site}' is not a site of this programme. The sites are: {names}.")
    name = known[site.casefold()]
    if name not in {*results.people["site"], *results.scores["site"]}:
        raise NotStoredError(f"Nothing has come in from {name} yet.")
    return [name]


def _inputs(store: Store) -> list[Mapping[str, Any]]:
    """The imports that count, for the manifest."""
    table = store.imports()
    counted = table[table["undone_by"].isna() & table["undoes"].isna()]
    return [
        {
            "import": int(row["id"]),
            "imported_at": row["imported_at"].isoformat(),
            "name": row["name"],
            "rows_read": int(row["rows_read"]),
            "rows_accepted": int(row["rows_accepted"]),
        }
        for row in counted.to_dict("records")
    ]


def _progress(options: argparse.Namespace) -> Callable[[float, str], None] | None:
    """A bar, where somebody looks on."""
    if options.quiet or not sys.stderr.isatty():
        return None

    def draw(share: float, what: str) -> None:
        done = round(_BAR * share)
        end = "\n" if share >= 1 else ""
        bar = "#" * done + "." * (_BAR - done)
        sys.stderr.write(f"\r[{bar}] {share:4.0%} {what:<40}{end}")
        sys.stderr.flush()

    return draw
