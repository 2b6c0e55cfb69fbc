"""The entries of the register of formulas, by subject: data only."""
