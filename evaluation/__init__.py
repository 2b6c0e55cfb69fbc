"""From a questionnaire spreadsheet to a site's results: read, store, score, analyse, protect, report."""

__version__ = "0.1.0"
