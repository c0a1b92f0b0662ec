"""One verb a file; stages meet only as data, and `cli` composes them."""
