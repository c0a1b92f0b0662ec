"""Runs the tests of Go plugins: the go command of the lock, what it prints read back, and what decides a result."""
