"""Bytes to sheets: the gate, the child process, and a reader for each kind of file."""
