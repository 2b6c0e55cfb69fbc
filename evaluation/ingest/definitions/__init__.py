"""A site's own questionnaires, as they are defined in YAML."""
