"""The blank workbooks that a site can fill in."""
