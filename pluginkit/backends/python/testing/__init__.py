"""The tests of Python plugins, run by pytest in an environment with what the lock pins."""
