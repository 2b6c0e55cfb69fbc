"""A numbered list of references, in the order in which a text first names them."""

from __future__ import annotations

from evaluation.report.formula_texts.entry import Citation
from evaluation.report.formulas import FORMULAS

# What a definition says of a number that nobody has found in print.
NOT_PUBLISHED = "source not published"


class References:
    """The sources named so far."""

    def __init__(self) -> None:
        self._found: dict[str, Citation] = {}

    def cite(self, *sources: Citation | str) -> str:
        """The numbers of these sources as they stand in a sentence, such as `` [1, 3]``."""
        given = [Citation(s) if isinstance(s, str) else s for s in sources]
        named = [source for source in given if source.text and source.text != NOT_PUBLISHED]
        for source in named:
            self._found.setdefault(source.text, source)
        order = list(self._found)
        numbers = sorted({order.index(source.text) + 1 for source in named})
        return f" [{', '.join(map(str, numbers))}]" if numbers else ""

    def cite_columns(self, table: str, *columns: str) -> str:
        """The sources of the formulas of these columns, or of the whole table."""
        return self.cite(
            *(
                source
                for entry in FORMULAS
                if entry.table == table and (not columns or set(columns) & set(entry.columns))
                for source in entry.citations
            )
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each source; the first is number 1."""
        return tuple(
            f"{one.text.rstrip('.')}. https://doi.org/{one.doi}" if one.doi else one.text
            for one in self._found.values()
        )
