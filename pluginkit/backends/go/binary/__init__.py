"""A Go host or plugin as bytes: what is in it, found without loading it and without trusting it."""
