"""PK107: what an artifact installs, it installs where nothing but its own lies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pluginkit.core.globs import matches
from pluginkit.core.names import normalize
from pluginkit.core.ownership import BY_ACCIDENT, dotted, module_name
from pluginkit.rules.portions import file_modules, is_open
from pluginkit.rules.reserved import owner_of_package, owner_of_script
from pluginkit.rules.rule import Case, Problem, rule, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pluginkit.core.ownership import Owner
    from pluginkit.core.verdict import Evidence, Host

_SCRIPTS = "bin/"
_MOST_CLAIMED = 50
"""Globs that are looked at of those that a plugin's own stamp has."""
_DOCUMENT = r"(?i)(licen[cs]e|copying|notice|authors|readme|changes|changelog|history|news)[\w-]*(\.(txt|md|rst))?"
_INERT = ("doc", "man", "info", "licenses", "locale", "icons", "pixmaps", "metainfo")
"""Directories in `share` with what is read or shown, and never run."""
_BY_NAME = (
    r"share/(?:applications/(?P<a>.+)\.desktop|bash-completion/completions/(?P<b>.+)"
    r"|fish/vendor_completions\.d/(?P<c>.+)\.fish|zsh/site-functions/_(?P<d>.+))"
)
"""Files in `share` that are about a command, with its name."""


@rule("PK107", "install-target")
def install_target(case: Case) -> Iterable[Problem]:
    """Refuse an artifact that would install files where they are not its own.

    **What.** Python: a wheel may install its import packages and metadata, scripts, headers in a directory of its name,
    and data files below `share/NAME` and `etc/NAME`, where NAME is the distribution's. Also fine is what is only read:
    `share/doc`, `share/man`, `share/info`, `share/licenses`, `share/locale`, `share/icons`, a licence or readme at the
    top, and the desktop entry and shell completions of its own commands. Refused are other places; packages of the
    standard library, pip, setuptools, packaging and pluginkit; their scripts, and the interpreter's; a script of
    another artifact; and a file or module of another distribution that the host has. What those contain is known where
    they are installed. Of a release only their names are: refused is a package with the name of one of them.
    A host itself may install data files and headers where it likes.

    **Why.** An installer writes over what is there without a word. After `pip install`, the environment's interpreter
    can be another program, `import yaml` another module, and Jupyter can have a further server extension, whether or
    not a host ever loads the plugin.

    **Example.**

        PK107 acme_filter-1.0.0-py3-none-any.whl: would install etc/jupyter/jupyter_server_config.d/acme.json, which is
              not a place of its own
          found     etc/jupyter/jupyter_server_config.d/acme.json
          hint: move it into the package, or below share/acme-filter, and rebuild it: `pluginkit build acme-filter`;
                or allow it in the host's [contract]: may-install = ["etc/jupyter/jupyter_server_config.d/*"]

    **Fix.** Ship data inside the package, and read it with `importlib.resources`. Where plugins of a host have to put
    files elsewhere, its contract names the places: `may-install = ["etc/jupyter/*"]`, where `*` is any text, `/` too.
    What belongs to others is refused all the same. Where no host is named, or one without a stamp, the plugin's own
    stamp is all that tells of the contract, and what that allows is a warning. If you did not make the file, do not
    install it.
    """
    evidence = case.evidence
    if evidence.unverified or evidence.vendored or evidence.binary:
        return
    taken = [*_packages(case), *(_scripts(case) if evidence.placed else ())]
    if taken:
        yield from _taken(case, taken)
    if evidence.placed and not _is_host(case):
        yield from _misplaced(case)


def _taken(case: Case, found: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    """Yield what is wrong with files of others, given as (path, whose it is), as one problem for each of these."""
    by_owner: dict[str, list[str]] = {}
    for path, owner in found:
        by_owner.setdefault(owner, []).append(path)
    for owner, paths in by_owner.items():
        what = "script" if paths[0].startswith(_SCRIPTS) else "package"
        yield Problem(
            f"would install {paths[0]}, which belongs to {owner}{_more(paths)}",
            f"leave it out, or give the {what} another name, and rebuild it: {case.rebuild}",
            _facts(paths),
        )


def _misplaced(case: Case) -> Iterator[Problem]:
    evidence = case.evidence
    own = normalize(evidence.name)
    commands = {path.removeprefix(_SCRIPTS).partition(".")[0] for path in evidence.placed if path.startswith(_SCRIPTS)}
    paths = [path for path in evidence.placed if not _is_own(path, own, commands) and not _owner_of_place(path, own)]
    if case.host:
        paths = [path for path in paths if not matches(path, case.contract.may_install)]
    by_stamp = _claimed(case)
    claimed = [path for path in paths if matches(path, by_stamp)]
    if claimed:
        yield Problem(
            f"would install {claimed[0]}, and only its own stamp says that its host allows it{_more(claimed)}",
            "compare it with a host that has a stamp: name it with --host",
            _facts(claimed),
            "warning",
        )
    known = set(claimed)
    refused = [path for path in paths if path not in known]
    if refused:
        yield Problem(
            f"would install {refused[0]}, which is not a place of its own{_more(refused)}",
            f"move it into the package, or below share/{own}, and rebuild it: {case.rebuild}{_allow(refused)}",
            _facts(refused),
        )


def _claimed(case: Case) -> Sequence[str]:
    """Return what a plugin's own stamp says that it may install, where nobody else can tell: the host has no stamp."""
    if case.evidence.stamp is None or (case.host and case.host.lock):
        return ()
    return case.evidence.stamp.contract.may_install[:_MOST_CLAIMED]


def _is_own(path: str, own: str, commands: Iterable[str]) -> bool:
    """Return whether a path in an environment is a place for the files of the distribution `own` (PEP 503)."""
    folder, *parts = path.split("/")
    if not parts:
        return bool(re.fullmatch(_DOCUMENT, path))
    if folder == "bin":
        return len(parts) == 1
    if folder == "include":
        return any(normalize(part) == own for part in parts[:-1])
    if folder not in ("share", "etc") or len(parts) < 2:
        return False
    if normalize(parts[0]) == own or (folder == "share" and parts[0] in _INERT):
        return True
    about = re.fullmatch(_BY_NAME, path)
    name = next(filter(None, about.groups()), "") if about else ""
    return bool(name) and (normalize(name) == own or name in commands)


def _scripts(case: Case) -> Iterator[tuple[str, str]]:
    """Yield the scripts that are others', each with whose it is."""
    own = normalize(case.evidence.name)
    for path in case.evidence.placed:
        owner = _owner_of_place(path, own)
        if not owner and path in case.scripts and case.is_plugin:
            owner = str(case.scripts[path])
        if owner:
            yield path, owner


def _owner_of_place(path: str, own: str) -> str:
    folder, _, name = path.rpartition("/")
    return owner_of_script(name, own) if folder in ("bin", "Scripts") else ""


def _packages(case: Case) -> Iterator[tuple[str, str]]:
    """Yield files of import packages that are others', each with whose it is."""
    own = normalize(case.evidence.name)
    tops: dict[str, list[str]] = {}
    for path in case.evidence.files:
        top, inside, _ = path.partition("/")
        if inside or (top := module_name(top)):
            tops.setdefault(top, []).append(path)
    for top, paths in tops.items():
        if reserved := owner_of_package(top, own):
            yield from ((path, reserved) for path in paths)
        elif case.host:
            yield from _of_host(case, case.host, top, paths)


def _of_host(case: Case, host: Host, top: str, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield those of the files beneath a top-level name that a distribution of the host's has too.

    Artifacts at hand are left out: they are compared as PK304, PK505 and PK512 do it.
    """
    if host.owned is not None:
        others = [one for one in host.owned.get(top, ()) if not _is_at_hand(case, host, one.name)]
        if top not in BY_ACCIDENT and others:
            yield from _shared(case.evidence, paths, others)
    elif host.pins:
        name = normalize(top)
        if name in host.pins and not _is_at_hand(case, host, name):
            replaced = (path for path in paths if dotted(path) == top and not is_open(case.evidence, path))
            yield from ((path, f"{name} {host.pins[name]}".rstrip()) for path in replaced)


def _is_at_hand(case: Case, host: Host, name: str) -> bool:
    """Return whether a distribution is the artifact itself, another one, or the host's, whose files are compared."""
    if name in case.around or _is_host(case):
        return True
    return name in (normalize(case.evidence.name), normalize(host.name), *(normalize(api.name) for api in host.apis))


def _shared(evidence: Evidence, paths: Sequence[str], others: Sequence[Owner]) -> Iterator[tuple[str, str]]:
    """Yield the files that one of these distributions has too, or the module that they hold."""
    known = [(one.label, frozenset(one.files), file_modules(one.files)) for one in others]
    for path in paths:
        module = "" if is_open(evidence, path) else dotted(path)
        for label, files, modules in known:
            if module in modules or (path in files and not is_open(evidence, path)):
                yield path, label


def _is_host(case: Case) -> bool:
    evidence = case.evidence
    if case.host:
        return normalize(evidence.name) == normalize(case.host.name)
    return evidence.stamp is not None and evidence.stamp.kind == "host"


def _allow(paths: Sequence[str]) -> str:
    """Return how a host can allow the files; nothing for scripts and what lies at the top."""
    folders = dict.fromkeys(path.rpartition("/")[0] for path in paths)
    if any(folder.partition("/")[0] in ("", "bin", "Scripts") for folder in folders):
        return ""
    listed = ", ".join(f'"{folder}/*"' for folder in list(folders)[:5])
    return f"; or allow it in the host's [contract]: may-install = [{listed}]"


def _more(paths: Sequence[str]) -> str:
    return f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""


def _facts(paths: Sequence[str]) -> dict[str, str | tuple[str, ...]]:
    return {"found": paths[0]} if len(paths) == 1 else {"all": shortened(list(paths))}
