"""What of a changed API breaks whom: each change with who meets it, and how a plugin shows that it does."""
