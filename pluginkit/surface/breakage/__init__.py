"""What changed between two Python surfaces, and whom it breaks.

`surfaces` walks both and finds the changes (`Found`). What changed decides which file says how it breaks plugins: each
way is a `Facet` with a test, which takes the view of a plugin and returns those of its uses that break.
"""
