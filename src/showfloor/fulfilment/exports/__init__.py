"""Orders and their lines as CSV and XLSX files of any size, a page of rows in memory at a time."""
