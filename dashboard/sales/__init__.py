"""What is true: calendar, measures, rankings over the rollup. Pure numpy and pandas; no web, no database, no files."""
