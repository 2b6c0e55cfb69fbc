"""Whether what a command writes may leave, said in the same words as on the pages.

What it needs is imported when it runs: the parser of every command reads what imports this file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluation.disclosure import Decision, ReleaseError
    from evaluation.disclosure.differencing import Behind, Cell, Difference
    from evaluation.programme import Results
    from evaluation.store.repository import Store

KIND = "research"


def refused(error: ReleaseError) -> str:
    """Why nothing was written."""
    from evaluation.report.release_wording import decision_title, refused_lines

    return "\n".join([decision_title({"decision": "fail"}), *refused_lines(error.reasons)])


def say_decision(record: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """The decision as a manifest has it, and its reasons."""
    from evaluation.report.release_wording import decision_lines, decision_title

    for line in (decision_title(record), *decision_lines(record)):
        say(line)


class Releasing:
    """One release of what is stored: set against the last one, and put on record."""

    def __init__(self, store: Store, results: Results, sites: Sequence[str] | None) -> None:
        self._store, self._results = store, results
        self._site = None if sites is None else sites[0]

    @cached_property
    def since_last(self) -> Difference:
        """What it would tell beside the last release of the same site, or of all sites."""
        from evaluation.release_guard import since_last

        kept = self._store.last_bases(self._site or "")
        return since_last(self._behind, kept, self._results.settings.disclosure)

    @cached_property
    def _behind(self) -> dict[Cell, Behind]:
        from evaluation.release_guard import behind_release

        return behind_release(self._results, self._site, key=self._store.release_key())

    def say_and_note(self, files: Mapping[str, bytes], say: Callable[[str], None]) -> None:
        """What the manifest decided, before anything is written, and on record."""
        from evaluation.disclosure import Decision

        record = json.loads(files["manifest.json"])["release"]
        say_decision(record, say)
        self._note(Decision(record["decision"], tuple(record["reasons"]), record["n_suppressed"]))

    def note_refused(self, error: ReleaseError) -> None:
        """That something was to leave and may not."""
        from evaluation.disclosure import Decision

        self._note(Decision("fail", error.reasons))

    def _note(self, decision: Decision) -> None:
        from evaluation.cli_store import current_user
        from evaluation.model import ALL_SITES
        from evaluation.release_guard import hashes_of
        from evaluation.store.releases import FAIL, Release

        settings = self._results.settings
        release = Release(
            KIND,
            snapshot=self._store.snapshot(),
            rule_sha256=settings.sha256,
            decision=decision.decision,
            threshold=asdict(settings.disclosure),
            filters={
                "site": self._site or ALL_SITES, "data_lock": self._results.data_lock.isoformat(),
            },
            suppressed=decision.n_suppressed,
            people={} if decision.decision == FAIL else hashes_of(self._behind),
        )  # fmt: skip
        sites = [] if self._site is None else [self._site]
        self._store.record_release(release, sites=sites, by=current_user())
