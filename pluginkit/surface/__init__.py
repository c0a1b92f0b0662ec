"""A public API as data: its lines, what changed between two copies of them, and which plugins that breaks.

`compare` and `concern` are the way in, for both languages. `signature` parses lines, `index` makes a graph of them;
`uses` parses what a plugin does, `view` says what that means in the API. `python` reads sources, `go` parses what
Go's own reader wrote. `breakage` holds how changes break plugins. `roles` says who implements an interface, `step`
which version a change requires, `deprecation` what plugins should stop using.
"""
