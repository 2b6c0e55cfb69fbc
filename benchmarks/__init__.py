"""What it costs, measured as ratios within one run. Not part of the test suite."""
