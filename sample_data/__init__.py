"""A synthetic programme to try everything on, and one small published table of real scores."""
