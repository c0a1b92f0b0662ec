"""`init`: who is host, API and plugin in a tree of projects that nobody has described yet."""
