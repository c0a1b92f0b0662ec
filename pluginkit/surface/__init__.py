"""A public API as data: its lines, what differs between two copies, and what of that breaks whom."""
