"""The statistics: distance travelled, reliable change, attrition. Plain functions on plain tables."""
