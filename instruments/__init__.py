"""Questionnaires as data, and the one engine that scores them."""
