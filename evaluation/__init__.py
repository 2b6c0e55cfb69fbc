"""From a questionnaire spreadsheet to a site's results."""

__version__ = "0.1.0"
