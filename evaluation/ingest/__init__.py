"""Reading spreadsheets: every mistake found and explained, nothing lost."""
