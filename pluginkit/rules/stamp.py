"""PK2: the artifact says what it was built against."""

from collections.abc import Iterable

from pluginkit.rules.rule import Case, Problem, defects, rule
from pluginkit.rules.ways import stamping, unstamped


@rule("PK201", "missing-stamp")
def missing_stamp(case: Case) -> Iterable[Problem]:
    """Refuse an artifact that does not say what it was built against.

    **What.** Python: there is no `pluginkit.json` in its `.dist-info`. Go: no stamp in its main package.

    **Why.** Without a stamp nobody knows which copy of the API the plugin saw. It may import and then fail in the
    middle of a request, which is what this tool exists to prevent.

    **Example.**

        PK201 greeter-1.0.0-py3-none-any.whl: no stamp: nothing says which API it was built against
          hint: build it with `pluginkit build greeter`, or add the `pluginkit` build hook to its pyproject.toml

    **Fix.** In the monorepo use `pluginkit build`. A Python plugin from its own repository gets its stamp under any
    front end (`uv build`, `python -m build`) from the hatchling build hook: `[tool.hatch.build.hooks.pluginkit]`. A Go
    plugin gets none from `go build`: in its repository `pluginkit init` writes a configuration, and `pluginkit build`
    stamps it.
    """
    if not any(defect.code == "PK201" for defect in case.evidence.defects):
        return
    more = {
        "python": ", or add the `pluginkit` build hook to its pyproject.toml; without stamps, "
        "`pluginkit verify --unstamped` compares metadata and files",
        "go": f"; without stamps, {unstamped(case)} compares Go's own facts",
    }
    yield from defects("PK201", stamping(case) + more.get(case.evidence.language, ""))(case)


@rule("PK202", "malformed-stamp")
def malformed_stamp(case: Case) -> Iterable[Problem]:
    """Refuse a stamp that is not as the format wants it.

    **What.** Not JSON, not in canonical form (RFC 8785), a field missing, unknown, or of the wrong type, a digest
    spelled otherwise than `h1:...` or `sha256:...`, or larger than 1 MiB.

    **Why.** A stamp that can be read in two ways states nothing. Only bytes that pluginkit would write are accepted.

    **Example.**

        PK202 filter-1.0.0-py3-none-any.whl: the stamp has a key twice
          hint: a stamp is written by pluginkit alone; rebuild it: `pluginkit build filter`

    **Fix.** Do not write or edit stamps; rebuild.
    """
    yield from defects("PK202", "a stamp is written by pluginkit alone; rebuild it: {rebuild}")(case)


@rule("PK203", "unsupported-schema")
def unsupported_schema(case: Case) -> Iterable[Problem]:
    """Refuse a stamp in a format that this pluginkit does not read.

    **What.** Its `schema` is another number than 1 or 2.

    **Why.** A newer schema may state a condition that this version would not check.

    **Example.**

        PK203 filter-1.0.0-py3-none-any.whl: the stamp has schema 3, this pluginkit reads schemas 1 and 2
          hint: upgrade pluginkit where you verify, or rebuild the artifact with this version: `pluginkit build filter`

    **Fix.** Upgrade the host's pluginkit first, then the plugins' builds.
    """
    hint = "upgrade pluginkit where you verify, or rebuild the artifact with this version: {rebuild}"
    yield from defects("PK203", hint)(case)


@rule("PK204", "duplicate-stamp")
def duplicate_stamp(case: Case) -> Iterable[Problem]:
    """Refuse an artifact that carries more than one stamp.

    **What.** Two `pluginkit.json` files, or two stamp marks in one binary.

    **Why.** Two statements are none: a reader that took the other one would come to another verdict.

    **Example.**

        PK204 filter-1.0.0-py3-none-any.whl: two stamps
          hint: stamp an artifact once: keep pluginkit.json out of the sources; rebuild it: `pluginkit build filter`

    **Fix.** Remove a copied `pluginkit.json` from the sources, or the second of two stamping build steps.
    """
    hint = "stamp an artifact once: keep pluginkit.json out of the sources; rebuild it: {rebuild}"
    yield from defects("PK204", hint)(case)
