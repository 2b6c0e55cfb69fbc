"""The research export: the tables with all that is needed to understand and to repeat them."""

from evaluation.report.research.archive import (
    research_files,
    research_zip,
    write_research,
    zipped,
)

__all__ = ["research_files", "research_zip", "write_research", "zipped"]
