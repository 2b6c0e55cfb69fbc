"""The scripts that work the headline numbers out again; they travel with the person-level files."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent
# Name in the export, and the file it comes from.
_SCRIPTS = {"recompute.py": "recompute.py.txt", "recompute.R": "recompute.R"}
# What the scripts read; without these files they cannot run.
NEEDED_FILES = (
    "scores.csv", "participants.csv", "codebook.csv", "effects.csv", "reliable_change.csv",
)  # fmt: skip


def scripts() -> dict[str, bytes]:
    """The scripts by their name in an export."""
    return {name: (_FOLDER / source).read_bytes() for name, source in _SCRIPTS.items()}
