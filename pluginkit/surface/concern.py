"""What of a changed API breaks one plugin, by what it does with the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.core.frozen import record
from pluginkit.surface import compare as comparing
from pluginkit.surface.breakage.facet import Found
from pluginkit.surface.change import Change
from pluginkit.surface.index import Index
from pluginkit.surface.uses import Uses
from pluginkit.surface.view import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.surface.go.concern import Concern


@record
class Break:
    """A change that breaks a plugin, or may."""

    change: Change
    mentions: tuple[str, ...] = ()
    """Keys of its uses by which it is concerned, sorted; its classes and modules, with a member, by their names."""
    is_unknown: bool = False
    """Whether it breaks is not known."""

    def __str__(self) -> str:
        reason = f": {self.change.reason}" if self.change.reason else ""
        return f"{self.change}{reason if self.change.old and self.change.new else ''}"


def concerning(old: Sequence[str], new: Sequence[str], uses: Uses | None) -> tuple[Break, ...]:
    """Return what of the changes from `old` to `new` breaks a plugin that was built against `old`.

    Without `uses`, and where the plugin computes names, everything that breaks anyone concerns it.
    """
    if comparing.is_go(old) or comparing.is_go(new):
        from pluginkit.surface.go.compare import go_compare
        from pluginkit.surface.go.concern import go_concerning

        concerns = go_concerning(go_compare(old, new), uses.lines if uses else None)
        return tuple(Break(one.change, one.because, _is_unknown(one)) for one in concerns)
    before, after = tuple(old), tuple(new)
    changes = comparing.found(before, after)
    everything = tuple(
        Break(told, (), told.severity == "unknown")
        for one in changes
        if (told := comparing.told(one)).severity in ("implementers", "callers", "unknown")
    )
    if uses is None:
        return everything
    view = View(uses, comparing.index(before))
    found = [one for change in changes if (one := _concern(change, view))]
    if view.dynamic:
        named = {one.change.name for one in found}
        found += [Break(one.change, (), True) for one in everything if one.change.name not in named]
    return (*found, *_undeclared(view, comparing.index(after)))


def _is_unknown(one: Concern) -> bool:
    """Return whether a change of a Go API, or how the plugin is concerned by it, is not known."""
    is_computed = bool(one.because) and all(line.startswith("dynamic ") for line in one.because)
    return is_computed or one.change.severity == "unknown"


def _concern(change: Found, view: View) -> Break | None:
    met = [(facet, mentions) for facet in change.facets if (mentions := tuple(sorted(set(facet.test(view)))))]
    if not met:
        return None
    facet, mentions = min(met, key=lambda one: one[0].is_unknown)
    told = comparing.told(change)
    severity = "unknown" if facet.is_unknown else "callers" if facet.who == "callers" else "implementers"
    shown = Change(told.name, told.old, told.new, told.place, severity, facet.reason)
    return Break(shown, mentions, facet.is_unknown)


def _undeclared(view: View, new: Index) -> Iterator[Break]:
    """Yield a break for each use of what the older surface does not declare, unless the newer one has it too."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in view.undeclared():
        found.setdefault((one.module, one.rest[0]), []).append(one.act.key)
    for (module, short), mentions in sorted(found.items()):
        name = f"{module}.{short}"
        was_private = short in view.old.private.get(module, ()) or name in view.old.private
        made = f"{module}.__getattr__" in view.old.names
        if name in new.names or name in new.private or short in new.private.get(module, ()):
            continue
        if made and f"{module}.__getattr__" in new.names:
            continue
        is_known = was_private or made
        reason = "it is gone" if is_known else "the API does not declare it"
        change = Change(name, name, "", f"module {module}", "callers" if is_known else "unknown", reason)
        yield Break(change, tuple(sorted(set(mentions))), not is_known)
