"""Package indexes: their pages, and what of a wheel can be known from parts of it."""
