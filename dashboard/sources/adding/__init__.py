"""Making the mapping of a source: what the columns of a table may be, and how it gets into settings.toml."""
