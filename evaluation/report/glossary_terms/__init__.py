"""The words of the glossary, by subject."""
