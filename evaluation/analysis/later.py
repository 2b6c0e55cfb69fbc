"""The parts of scipy, loaded when one of their functions is first used.

Loading them takes longer than drawing a page, and most pages that import an analysis never call
it: the first page of an empty store needs none of them.
"""

from __future__ import annotations

import importlib
from typing import Any


class Later:
    """Stands for a module until something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        # Asked for once only: from then on it is an attribute like any other.
        found = getattr(importlib.import_module(self._name), attribute)
        setattr(self, attribute, found)
        return found


special = Later("scipy.special")
optimize = Later("scipy.optimize")
stats = Later("scipy.stats")
