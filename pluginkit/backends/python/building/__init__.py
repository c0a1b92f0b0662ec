"""The Builder: pins, build environments, worker processes, stamped wheels. Reached by commands that build only."""
