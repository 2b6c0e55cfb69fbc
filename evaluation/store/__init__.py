"""The store: answers as given, each import one transaction."""
