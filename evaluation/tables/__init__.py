"""The result tables, one module for each: whom a row is about, and what is worked out for it."""
