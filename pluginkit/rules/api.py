"""PK3: plugin and host mean the same copy of the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from pluginkit.core.api import Api
from pluginkit.core.names import normalize
from pluginkit.core.verdict import Host
from pluginkit.core.versions import version
from pluginkit.rules.linked import follows_from_module
from pluginkit.rules.portions import copies
from pluginkit.rules.rule import Case, Problem, rule, shortened
from pluginkit.rules.versions import within_major

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.surface.concern import Break


@rule("PK301", "other-api")
def other_api(case: Case) -> Iterable[Problem]:
    """Refuse a plugin that was built for an API the host does not have.

    **What.** The stamp names an API that neither the host's stamp nor one beside it names, or none of the host's. APIs
    of the host which the plugin does not use are fine. An API that uses others is compared with them as plugins are, by
    this rule and the next two. A Go host without a stamp has the APIs that are among its packages.

    **Why.** There is nothing in the host that such a plugin could be passed, or could call.

    **Example.**

        PK301 greeter-1.0.0-py3-none-any.whl: built against acme-oldapi 1.4.0, which acme-host does not have
          found     acme-oldapi 1.4.0   expected  acme-pluginapi 3.0.0
          hint: rebuild it against acme-pluginapi 3.0.0: `pluginkit build greeter`

    **Fix.** Port the plugin to the host's API, or look for the host it was made for.
    """
    stamp = case.evidence.stamp
    if not (case.host and stamp and (case.used or case.is_plugin)):
        return
    packages = _packages(case.host)
    used, offered = case.used, packages if packages is not None else {api.name for api in case.host.apis}
    foreign = [api.label for api in used if api.name not in offered]
    if (not foreign and (used or packages is not None)) or packages == {}:
        return
    against = f"built against {', '.join(foreign)}, which {case.host.name} does not have" if foreign else ""
    expected = ", ".join(api.label for api in case.host.apis) or "none"
    yield Problem(
        against or f"built against none of the APIs of {case.host.name}",
        f"rebuild it against {expected}: {case.rebuild}" if case.host.apis else "verify it against the host it is for",
        {"found": ", ".join(foreign) or "none", "expected": expected},
    )


@rule("PK302", "api-version")
def api_version(case: Case) -> Iterable[Problem]:
    """Refuse a plugin that was built against another version of the API.

    **What.** Under the policy `exact` any other version; under `compatible` one that is newer than the host's, and one
    of another major version where the stamps do not say enough to compare what the plugin uses.

    **Why.** Each version is another set of types. A plugin for a newer API calls what the host does not have yet.

    **Example.**

        PK302 filter-1.0.0-py3-none-any.whl: built against acme-pluginapi 2.4.0, the host has 3.0.0
          found     2.4.0   expected  3.0.0
          hint: rebuild it against acme-pluginapi 3.0.0: `pluginkit build filter`; in another repository, install
          that version of the API and rebuild

    **Fix.** Rebuild the plugin against the host's version, or roll the host to the plugin's.
    """
    for used, offered in _pairs(case):
        if used.version == offered.version:
            continue
        reason = ""
        if _compatible(case):
            reason = within_major(used.version, offered.version)
            if not reason or (_is_older(used, offered) and _is_told(case, used, offered)):
                continue
        yield Problem(
            f"built against {used.label}, the host has {offered.version}{reason and ': '}{reason}",
            _mend(case, used, offered),
            {"found": used.version, "expected": offered.version},
        )


@rule("PK303", "api-digest")
def api_digest(case: Case) -> Iterable[Problem]:
    """Refuse a plugin that was built against another copy of the API, whatever its version says.

    **What.** The digest over the API's files differs between the plugin's stamp and the host. The stamps carry the
    public surface, so the finding lists what changed. Under the policy `compatible` only changes count that break what
    the plugin does, as its stamp says: something removed that it uses, a signature that its calls do not fit, a method
    that a Protocol it implements demands, ... A stamp that does not say what the plugin uses, as those written before
    this was recorded, makes everything concern it.

    **Why.** An edit without a new version is the commonest way for a monorepo to fall out of step: the
    dependency resolver is content, the plugin imports, and the wrong call comes in production.

    **Example.**

        PK303 dist/greeter-1.0.0-py3-none-any.whl: built against another copy of acme-pluginapi 3.0.0
          found     h1:9f2c...   expected  h1:41aa...
          changed   class Plugin: handle(self, req) -> handle(self, req, ctx)
          hint: rebuild it against acme-pluginapi 3.0.0: `pluginkit build greeter`; in another repository, install
          that version of the API and rebuild

    **Fix.** Rebuild the plugin after adapting it to the listed changes, and give the API a new version for each change.
    """
    for used, offered in _pairs(case):
        if used.digest == offered.digest:
            continue
        breaks: tuple[Break, ...] = ()
        if _compatible(case) and used.surface and offered.surface:
            breaks = _breaks(used.surface, offered.surface, _uses(case))
            if not breaks:
                continue
        yield Problem(
            f"built against another copy of {used.label}{_beside(used, offered)}",
            _mend(case, used, offered),
            {"found": used.digest, "expected": offered.digest, **_what_changed(case, used, offered, breaks)},
        )


@rule("PK304", "api-bundled")
def api_bundled(case: Case) -> Iterable[Problem]:
    """Refuse a plugin or a host that ships a second copy of the API.

    **What.** Modules of the host's API, in source or compiled, lie in another artifact, at their own place or beneath a
    directory such as `_vendor`. Sharing a namespace package with the API is fine, native or by `pkgutil.extend_path`.
    Adding to a package that is the API's alone is PK512.

    **Why.** Installed, it overwrites the host's copy for every plugin. Vendored, its classes are other classes than
    the host's: `isinstance` is false for what looks right.

    **Example.**

        PK304 greeter-1.0.0-py3-none-any.whl: ships its own copy of acme-pluginapi
          found     acme_pluginapi/__init__.py
          hint: make acme-pluginapi a dependency and leave its files out of the wheel

    **Fix.** Put the API under `[project] dependencies`, and narrow the build's `packages` or `include`.
    """
    for api in case.host.apis if case.host else ():
        if normalize(case.evidence.name) == normalize(api.name):
            continue
        found = copies(case.evidence, api, case.modules.get(api.name, ()))
        if found:
            yield Problem(
                f"ships its own copy of {api.name}",
                f"make {api.name} a dependency and leave its files out of the wheel",
                {"found": shortened(found)},
            )


@rule("PK305", "host-api-modified")
def host_api_modified(case: Case) -> Iterable[Problem]:
    """Refuse an API whose files are not those its own stamp was made for.

    **What.** The digest over the files of an API, or of a host that is its own API, recomputed, differs from the one
    its stamp records; or the API that lies beside a host, stamped or not, is not the one the host's stamp names.

    **Why.** Every plugin is compared with the digest in that stamp. When the files are others, each verdict would be
    about an API that is not there: a patched `site-packages`, or a partial upgrade.

    **Example.**

        PK305 acme-pluginapi 3.0.0: its files are not those of the acme-pluginapi 3.0.0 that was stamped
          found     h1:77ab...   expected  h1:41aa...
          hint: reinstall acme-pluginapi 3.0.0 from the release; for a change, give it a new version and rebuild

    **Fix.** Reinstall from the release. A wanted change belongs into the source, with a new version.
    """
    stamp, content = case.evidence.stamp, case.evidence.content
    own = case.host.api(case.evidence.name) if case.host and not case.is_plugin else None
    if own:
        if own.digest != content:
            found = f"{case.evidence.version} {content}".strip() or "not installed"
            yield Problem(
                f"it is not the {own.label} that {case.host.name if case.host else ''} was built with",
                f"reinstall {own.label} from the host's release, or rebuild the host against this one",
                {"found": found, "expected": f"{own.version} {own.digest}"},
            )
        return
    if stamp is None or not content or stamp.kind == "plugin" or case.evidence.unverified:
        return
    for api in stamp.apis:
        if api.name == stamp.name and api.digest != content:
            yield Problem(
                f"its files are not those of the {api.label} that was stamped",
                f"reinstall {api.label} from the release; for a change, give it a new version and rebuild",
                {"found": content, "expected": api.digest},
            )


def _packages(host: Host) -> Mapping[str, str] | None:
    """Return the packages of a Go host without a stamp, whose APIs are among them; None of any other host."""
    return None if host.apis or host.lock or host.binary is None else host.binary.packages


def _pairs(case: Case) -> Iterator[tuple[Api, Api]]:
    """Yield each API that a plugin, or an API of its own, was built against with the host's copy of it."""
    for used in case.used if case.host else ():
        offered = case.host.api(used.name) if case.host else None
        if offered:
            yield used, offered


def _compatible(case: Case) -> bool:
    return case.contract.policy == "compatible" and case.evidence.language == "python"


def _mend(case: Case, used: Api, offered: Api) -> str:
    if case.host and not case.host.lock and case.evidence.language == "python":  # a host that pluginkit did not build
        if used.version == offered.version:
            return f"reinstall {used.label} there, or build the plugin against that copy"
        upgrade = f"require `{offered.name}=={offered.version}`, run `pluginkit lock --upgrade` and {case.rebuild}"
        return f"bring the host to {used.label}; or {upgrade}"
    local = f"rebuild it against {offered.label}: {case.rebuild}"
    if case.evidence.language == "go":
        return "" if follows_from_module(case, offered.name) else local
    return f"{local}; in another repository, install that version of the API and rebuild"


def _beside(used: Api, offered: Api) -> str:
    return "" if used.version == offered.version else f" than the host's {offered.version}"


def _is_older(used: Api, offered: Api) -> bool:
    """Return whether a plugin was built for an older version of the API than the host has."""
    old, new = version(used.version), version(offered.version)
    return old is not None and new is not None and old < new


def _is_told(case: Case, used: Api, offered: Api) -> bool:
    """Return whether the stamps say enough to tell what of two major versions concerns the plugin."""
    return bool(_uses(case) is not None and used.surface and offered.surface)


def _uses(case: Case) -> tuple[str, ...] | None:
    return case.evidence.stamp.uses if case.evidence.stamp else None


@lru_cache(maxsize=256)
def _breaks(old: tuple[str, ...], new: tuple[str, ...], uses: tuple[str, ...] | None) -> tuple[Break, ...]:
    from pluginkit.surface.concern import concerning  # only where digests differ are surfaces compared
    from pluginkit.surface.uses import Uses

    return concerning(old, new, None if uses is None else Uses(uses))


@lru_cache(maxsize=64)
def _changed(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    from pluginkit.surface.compare import compare, sees_all

    lines = [str(change) for change in compare(old, new)]
    if lines:
        return shortened(lines)
    seen = sees_all(old) and sees_all(new)
    return ("not the public surface: bytes of the implementation" if seen else "unknown: what is compiled is not read",)


def _what_changed(case: Case, used: Api, offered: Api, breaks: tuple[Break, ...]) -> dict[str, tuple[str, ...]]:
    if not used.surface or not offered.surface:
        return {"changed": ("unknown: the public surface is not recorded on both sides",)}
    if not breaks:
        return {"changed": _changed(used.surface, offered.surface)}
    facts = {"breaks": shortened([_told(one) for one in breaks])}
    if mentions := tuple(dict.fromkeys(key for one in breaks for key in one.mentions)):
        facts["uses"] = shortened(list(mentions))
    if _uses(case) is None:
        facts["note"] = ("the stamp does not say what the plugin uses: everything concerns it",)
    return facts


def _told(one: Break) -> str:
    """Return a change that breaks a plugin, with what of the plugin it concerns."""
    return f"{one} (uses {', '.join(one.mentions[:3])})" if one.mentions else str(one)
