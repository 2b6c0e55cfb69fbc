"""Where on a sheet the table is, and which tool wrote it."""
