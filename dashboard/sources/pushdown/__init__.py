"""Adding up inside the database: mapping, portable statements, and bringing the sums here."""
