"""Python's public surfaces and uses, read by `ast`: nothing is imported, nothing runs."""
