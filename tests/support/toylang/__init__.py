"""A third language, which needs no toolchain: a member is a directory of `.txt` files, its artifact their text.

What a plugin may use is declared in the lines of its API; `pluginkit.backends.protocol` says what each part has to do.
"""

from collections.abc import Collection

from pluginkit.backends.language import Language


def _holds_toys(names: Collection[str]) -> bool:
    return any(name.endswith(".toy") for name in names)


TOY = Language(
    name="toy",
    suffixes=(".toy",),
    holds_artifacts=_holds_toys,
    members="toylang.project",
    inspector="toylang.inspector:ToyInspector",
    builder="toylang.builder:ToyBuilder",
    draft="toylang.project:draft",
    root_files=("toys.txt",),
    tester="toylang.tester:ToyTester",
)
