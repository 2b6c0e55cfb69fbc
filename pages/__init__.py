"""The screens. No page script may lie directly in this folder: it would bypass app.py."""
