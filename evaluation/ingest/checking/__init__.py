"""What cannot be right about a row, about two rows, about a code."""
