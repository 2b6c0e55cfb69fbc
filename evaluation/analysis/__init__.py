"""The statistics, as plain functions on plain tables."""
