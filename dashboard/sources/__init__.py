"""Where sales come from: import mappings, file readers, the rollup statement and the rollup store. No web."""
