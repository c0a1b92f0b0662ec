"""PK5: the plugin gives the host what it asks for."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pluginkit.core.ownership import BY_ACCIDENT, dotted
from pluginkit.core.verdict import Factory
from pluginkit.rules.capabilities import capability_problems
from pluginkit.rules.rule import Case, Problem, rule, shortened
from pluginkit.rules.symbols import loaded_before, missing_symbols, other_types


@rule("PK501", "factory-missing")
def factory_missing(case: Case) -> Iterable[Problem]:
    """Refuse a plugin without a factory where the host will look for it.

    **What.** Go: the plugin does not export the factory, or another symbol of `[contract.symbols]`; of a plugin of mode
    `subprocess` or `wasm` its stamp says what the compiler found it to export when it was built. Python: it has no
    entry point in the host's group, or one whose module does not define the name or does not parse.

    **Why.** Without an entry point the host never sees the plugin, in silence; a name that is not there is an
    AttributeError, or a failed `Lookup`, while the host starts.

    **Example.**

        PK501 greeter-1.0.0-py3-none-any.whl: the entry point 'hi' names greeter:Nwe, which the module does not define
          found     greeter:Nwe
          hint: define it in the module, or correct the entry point in pyproject.toml

    **Fix.** `[project.entry-points."acme.plugins"]` must name a module of the plugin and a factory in it.
    """
    if case.is_plugin and case.evidence.binary:
        yield from missing_symbols(case, case.evidence.binary)
    group = case.contract.group
    if not (group and case.is_plugin) or _unknown(case):
        return
    own = case.evidence.stamp.contract.group if case.evidence.stamp else group
    if own != group or not case.evidence.factories:
        yield Problem(
            f"no entry point in the group {group!r}",
            f'declare one in its pyproject.toml: [project.entry-points."{group}"]',
            {"found": own or "no group", "expected": group} if own != group else {"expected": group},
        )
        return
    for factory in _shipped(case):
        if factory.unparsable:
            yield Problem(
                f"the module of the entry point {factory.name!r} does not parse: {factory.unparsable}",
                "mend the module and build it again",
                {"found": factory.reference},
            )
        elif factory.defined is False:
            yield Problem(
                f"the entry point {factory.name!r} names {factory.reference}, which the module does not define",
                "define it in the module, or correct the entry point in pyproject.toml",
                {"found": factory.reference},
            )


@rule("PK502", "factory-signature")
def factory_signature(case: Case) -> Iterable[Problem]:
    """Refuse a factory that cannot be called as the host calls it, or that makes something else than the API asks for.

    **What.** Go: an exported symbol has another type than `[contract.symbols]` says; of a plugin of mode `subprocess`
    or `wasm`, than those that it was built for, which its stamp names. Python, as far as reading tells:
    the factory does not take what the host calls it with (nothing, or the contract's `arguments`); what it makes lacks
    a member of the class that plugins are, or has a method that no call of the API's fits; one of the two is to be
    awaited and the other is not; the entry point is of another `kind`. That class is the contract's `implements`, else
    the API's class that the plugin derives from, else the one interface that no method of the API takes or returns.

    **Why.** It is a failed type assertion, or a TypeError or AttributeError, while the host starts or at the first
    request, visible without running it.

    **Example.**

        PK502 greeter-1.0.0-py3-none-any.whl: greeter:New makes Greeter, which is not acme_api.Plugin: it lacks 'handle'
          found     nothing   expected  def handle(self, request: Request) -> Response
          hint: define it as the API does: `def handle(self, request: Request) -> Response`

    **Fix.** Write the factory and the class as the API declares them. Where the host calls factories with arguments,
    its contract names them: `arguments = ["config", "log="]`; where plugins are another class, it names that:
    `implements = "acme_api.Base"`.
    """
    if case.is_plugin and case.evidence.binary:
        yield from other_types(case, case.evidence.binary)
    shipped = [factory for factory in _shipped(case) if factory.lines]
    if shipped:
        from pluginkit.rules.offers import problems

        for factory in shipped:
            yield from problems(case, factory)


@rule("PK503", "entry-point-outside")
def entry_point_outside(case: Case) -> Iterable[Problem]:
    """Refuse an entry point that leads out of the plugin.

    **What.** The module it names is not among the files of the artifact.

    **Why.** What the host would call then is not what was verified: `os:system` is a callable too.

    **Example.**

        PK503 greeter-1.0.0-py3-none-any.whl: the entry point 'greeter' leads outside the plugin: os:system
          found     os:system
          hint: name a module that the plugin itself ships, or ship the module

    **Fix.** Point it to a module of the plugin. When the module is yours, the build left it out: `pluginkit build` says
    where its source is, and which setting of the build backend, or which `.gitignore`, leaves it out.
    """
    if not (case.contract.group and case.is_plugin):
        return
    for factory in case.evidence.factories:
        left_out = case.evidence.left_out.get(factory.reference.partition(":")[0])
        if left_out and not factory.shipped:
            yield Problem(
                f"the module of the entry point {factory.name!r} is not in it: the build backend left it out",
                left_out.hint,
                {"found": factory.reference, "left out": left_out.source},
            )
        elif not factory.shipped:
            yield Problem(
                f"the entry point {factory.name!r} leads outside the plugin: {factory.reference}",
                "name a module that the plugin itself ships, or ship the module",
                {"found": factory.reference},
            )


@rule("PK504", "capability-missing")
def capability_missing(case: Case) -> Iterable[Problem]:
    """Refuse a plugin without a capability the host requires; warn of one the host does not know.

    **What.** Required and missing is an error; declared and unknown is a warning. Of plugins that are linked into a Go
    host it is said of the host.

    **Why.** The host chooses plugins by capability. One that is misspelled is never chosen, and nobody is told.

    **Example.**

        PK504 filter-1.0.0-py3-none-any.whl: lacks the capability 'batch', which the host requires
          found     filter   expected  batch
          hint: declare it in its pyproject.toml: [tool.pluginkit] capabilities = ["batch"], and rebuild it

    **Fix.** Implement and declare it, or correct the spelling.
    """
    yield from capability_problems(case)


@rule("PK505", "duplicate-plugin")
def duplicate_plugin(case: Case) -> Iterable[Problem]:
    """Refuse two plugins, or two entry points, of one name.

    **What.** Python: two entry points of one name in a plugin or across the set, two artifacts of one distribution, or
    a module in two of them, as `x.py` in one and `x/__init__.py` or `x.abi3.so` in the other, too. That is a warning
    of `tests`, `docs` and the like, shipped by accident, unless an entry point leads there, and where all have the same
    `__init__.py`; what namespace packages consist of belongs to nobody, see PK512. The host belongs to the set. Go: a
    plugin whose name one before it in the directory has, in whatever mode, or whose package; the first one stays. Or a
    plugin whose name one has that is linked into the host, which stays.

    **Why.** Go opens no package twice. In Python, which of them runs would depend on the order of a directory;
    `importlib.metadata` shows the first and says nothing of the other.

    **Example.**

        PK505 filter-1.1.0-py3-none-any.whl: the distribution 'filter' is here twice
          also      filter-1.0.0-py3-none-any.whl
          hint: remove all but one

    **Fix.** Remove the old file, or rename one of the plugins.
    """
    if case.is_plugin and case.evidence.binary:
        yield from loaded_before(case, case.evidence.binary)
    if case.namesakes:
        also = {"also": str(case.namesakes)}
        yield Problem(f"the distribution {case.evidence.name!r} is here twice", "remove all but one", also)
    counted = Counter(factory.name for factory in case.evidence.factories)
    twice = sorted(name for name, count in counted.items() if count > 1)
    if twice:
        yield Problem(
            f"two entry points of one name: {', '.join(shortened(twice))}",
            "rename one of them in its pyproject.toml",
            {"found": shortened(twice)},
        )
    for name, twins in case.claims.items() if case.is_plugin else ():
        yield Problem(
            f"the entry point {name!r} is declared by another plugin too",
            "rename one of them in its pyproject.toml, or remove one of the plugins",
            {"also": str(twins)},
        )
    yield from _overlap(case)


def _overlap(case: Case) -> Iterator[Problem]:
    if not (case.overlaps and case.is_plugin):
        return
    own = {factory.reference.partition(":")[0].partition(".")[0] for factory in case.evidence.factories}
    path, twins = next(iter(case.overlaps.items()))
    modules = {factory.reference.partition(":")[0] for factory in case.evidence.factories}
    counted = [name for name in case.overlaps if name not in case.identical or dotted(name) in modules]
    tops = {name.partition("/")[0].partition(".")[0] for name in counted}
    certain = any(top in own or top not in BY_ACCIDENT for top in tops)
    yield Problem(
        f"{path} is in another artifact too: installed, one overwrites the other",
        "rename the package, or leave it out of the wheel",
        {"also": str(twins), "all": shortened(sorted(case.overlaps))},
        "error" if certain else "warning",
    )


@rule("PK509", "leftover-metadata")
def leftover_metadata(case: Case) -> Iterable[Problem]:
    """Warn of metadata that an upgrade, or half a removal, left behind.

    **What.** An environment has further metadata of the distribution: an empty `.dist-info`, one without RECORD or
    whose files are gone or are another version's, an `.egg-info` beside a `.dist-info`. What Python imports, by the
    files that are there, is what is verified and loaded. Where that cannot be told, it is PK505.

    **Why.** `importlib.metadata` shows one of them, by the order of a directory. It may be the one without entry
    points, and other tools miss the plugin; pip and uv may remove the wrong files at the next upgrade.

    **Example.**

        PK509 env: acme_filter-1.0.0: warning: beside its metadata lies what another version left behind
          found     env/lib/python3.11/site-packages/acme_filter-0.9.0.dist-info
          hint: remove it: `rm -r env/lib/python3.11/site-packages/acme_filter-0.9.0.dist-info`

    **Fix.** Remove the directory that is named, or install into a fresh environment.
    """
    places = case.evidence.leftovers
    if not places:
        return
    import shlex

    yield Problem(
        "beside its metadata lies what another version left behind",
        f"remove it: `rm -r {shlex.join(places[:10])}`",
        {"found": places[0]} if len(places) == 1 else {"all": shortened(list(places))},
        "warning",
    )


def _unknown(case: Case) -> bool:
    """Return whether its entry points were not read, since it has no stamp and should have one, or is broken."""
    return case.evidence.stamp is None and bool(case.evidence.defects)


def _shipped(case: Case) -> Iterator[Factory]:
    """Yield the factories whose modules could be read; those outside are PK503's."""
    if case.contract.group and case.is_plugin:
        yield from (factory for factory in case.evidence.factories if factory.shipped)
