"""The live proof at a customer's: that a database is read right, shown by other statements of the same connection."""
