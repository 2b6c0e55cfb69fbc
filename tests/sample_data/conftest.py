"""The synthetic programme is generated once for all its tests."""

from __future__ import annotations

import pandas as pd
import pytest

from sample_data.generate import generate_programme

Programme = dict[str, tuple[pd.DataFrame, pd.DataFrame]]


@pytest.fixture(scope="session")
def programme() -> Programme:
    return generate_programme()


@pytest.fixture(scope="session")
def answers(programme: Programme) -> pd.DataFrame:
    """All questionnaires; ``when`` is the wave, with session 1 as the baseline it stands for."""
    table = pd.concat([questionnaires for questionnaires, _ in programme.values()])
    first = (table["wave"] == "session") & (table["session_number"] == 1)
    return table.assign(when=table["wave"].mask(first, "baseline")).reset_index(drop=True)


@pytest.fixture(scope="session")
def service(programme: Programme) -> pd.DataFrame:
    return pd.concat([use for _, use in programme.values()], ignore_index=True)
