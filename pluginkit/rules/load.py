"""PK506 to PK508: what runs while a plugin is loaded does no harm."""

from collections.abc import Iterable

from pluginkit.core.side_effect import KINDS
from pluginkit.rules.rule import Case, Problem, rule, shortened
from pluginkit.rules.symbols import symbols


@rule("PK506", "init-side-effect")
def init_side_effect(case: Case) -> Iterable[Problem]:
    """Warn of what a plugin does while it is being loaded, beyond setting itself up.

    **What.** `pluginkit build` reads the plugin's sources. Go: `func init` and initialisers of package-level variables,
    with the functions of their package that they call. Python: what importing the modules behind the entry point runs.
    Named are: files, network, processes, databases; waiting, and starting what runs on; ending the process; what the
    whole process shares (`http.HandleFunc`, `flag.String`, `signal.signal`, `sys.path`); calls into the API for their
    effect, such as registering with the host. Not named: compiling regular expressions, building tables, registries of
    the plugin's own, reading the environment, embedded data, printing.

    A Python host's loader warns of what it had to put back as the plugin was loaded: builtins that were replaced,
    modules or entries of `sys.path` that were taken out, tracing, a lower recursion limit.

    **Why.** All of it runs inside `plugin.Open`, or inside the import: the host has no plugin yet, cannot give it
    settings, cannot time it out and learns little from its failure. The order in which plugins load begins to matter.
    What a Go plugin does that is linked into the host, it does as the host starts.

    **Example.**

        PK506 plugins/filter.so: warning: as it is loaded, os.ReadFile reads or changes files
          at        plugins/filter/filter.go:12
          hint: move it to `Init(host pluginapi.Host) error`, which the host calls after Open

    **Fix.** Go: do it in what the host calls after Open, and return the error: in a workspace that `pluginkit new` made
    that is `Init(host pluginapi.Host) error`, elsewhere it may be the factory. Python: do it in the factory, or when it
    is first needed.
    """
    own = case.evidence.stamp
    if not case.is_plugin and not (own and own.linked):
        return
    when = "as it is loaded" if case.is_plugin else "as the host starts"
    for side_effect in case.evidence.side_effects:
        yield Problem(
            f"{when}, {side_effect.call} {KINDS[side_effect.kind]}",
            f"move it to {_when_called(case)}",
            {"at": f"{side_effect.file}:{side_effect.line}"},
            "warning",
        )


@rule("PK507", "fatal-load")
def fatal_load(case: Case) -> Iterable[Problem]:
    """Refuse a file that would end the host's process when it is opened.

    **What.** Go: a shared object without Go's plugin data (a plain C library), one with a Go runtime of its own
    (`-buildmode=c-shared`), an init function of a package that it brings which never returns or calls `os.Exit`, a
    constructor of C code in an object that can exit, a factory that never returns.

    A plugin of mode `subprocess` or `wasm` ends nobody but itself, so that nothing of this is asked of it. Where it
    ends (a panic, `os.Exit`, a signal, a trap, more memory than it may have) or does not answer in time, the host
    reports that with this code while it runs, and starts the plugin again, or goes on without it.

    **Why.** `plugin.Open` runs constructors and init functions. For some of this the Go runtime throws, which nothing
    recovers from: one file in the directory, and the host is gone.

    **Example.**

        PK507 plugins/libz.so: opening it would end the host: no Go plugin data (a C library?)
          hint: remove it from the directory

    **Fix.** Keep other files out of the plugins' directory; let `Init` return an error where `init` would panic. A
    plugin that nobody can vouch for runs as `mode = "subprocess"` or `mode = "wasm"`.
    """
    binary = case.evidence.binary
    if binary is None or not case.is_plugin:
        return
    present = case.host.binary.packages if case.host and case.host.binary else {}
    reasons = [reason for package, reason in binary.fatal if not package or package not in present]
    if reasons:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        yield Problem(
            f"opening it would end the host: {reasons[0]}{more}",
            "remove it from the directory" if binary.kind != "plugin" else f"mend it and rebuild it: {case.rebuild}",
            {"all": shortened(reasons)} if more else {},
        )
    for name in binary.exit_factories:
        if name in symbols(case):
            yield Problem(
                f"calling {name} would end the host: it never returns",
                "let it return, with an error where it cannot work",
                {"found": name},
            )


@rule("PK508", "load-failed")
def load_failed(_case: Case) -> Iterable[Problem]:
    """Skip a plugin whose own code fails while it is loaded.

    **What.** Only a host's loader finds it: importing or opening the plugin, calling its factory or its `init` raised
    an exception, panicked, returned an error or took too long. The other plugins run. A plugin that would end the
    process instead is PK507, where the loader notices: `SystemExit`, and all that a probe in a child process shows.
    So is one of mode `subprocess` or `wasm` that ends; an error that its `Init` returns is this one, in every mode.

    **Why.** One broken plugin must not stop the program, and the message must say which one it is.

    **Example.**

        PK508 plugins/filter-1.0.0-py3-none-any.whl: importing it failed: KeyError: 'FILTER_LIMIT'
          at        acme_filter/__init__.py:7
          hint: the error is in the plugin: mend it there, or remove the plugin

    **Fix.** The facts name the line. Read settings in `init`, and raise an error there that says what is missing.
    """
    return ()


def _when_called(case: Case) -> str:
    """Say where a plugin may do what its initialisers must not."""
    if case.evidence.language == "go":
        for api in case.evidence.stamp.apis if case.evidence.stamp else ():
            if any(line.endswith(" type Host interface {}") for line in api.surface):
                return f"`Init(host {''.join(api.modules[:1])}.Host) error`, which the host calls after Open"
        factory = case.contract.factory
        return f"{f'`{factory}`' if factory else 'a function'}, which the host calls after Open"
    return (
        f"the factory{case.contract.factory and f' {case.contract.factory!r}'}, which the host calls after the import"
    )
