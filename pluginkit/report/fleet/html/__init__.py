"""A fleet as one page of HTML, which needs no server, and can be read without its script, by keyboard and by ear."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

from pluginkit import __version__
from pluginkit.core.fleet import Fleet, FleetPlugin
from pluginkit.report.fleet.html.data import page_data, shown
from pluginkit.report.fleet.html.escape import script_data, text
from pluginkit.report.fleet.html.strips import apis_of, chart, strip
from pluginkit.report.fleet.reasons import Reason, concerned, gaps, listed, reasons, together
from pluginkit.report.fleet.words import Cell, cell, counted, extent, host_titles, plugin_titles, summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = Path(__file__).parent
_OTHER = '<span aria-hidden="true">-</span><span class="hidden">other language</span>'
_MANY = 6
"""Hosts beyond which their names stand upright."""
_MOST_NAMES = 20


def render_html(fleet: Fleet, *, every: bool, pages: Mapping[str, tuple[str, str]]) -> str:
    """Return the page; with `every` the releases of all plugins are unfolded. Equal fleets give equal pages.

    `pages` are the rules' pages by code, of which those that are named are part of it. What strangers wrote is text.
    """
    style, script = _asset("style.css"), _asset("script.js")
    columns = range(len(fleet.hosts))
    cells = [[cell(fleet, plugin, column) for column in columns] for plugin in fleet.plugins]
    heads = host_titles(fleet.hosts)
    languages = dict.fromkeys(plugin.language for plugin in fleet.plugins)
    parts = {
        "style": style,
        "script": script,
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "version": __version__,
        "title": text(summary(fleet)),
        "extent": text(extent(fleet)),
        "notes": "".join(f'<p class="soft">{text(note)}</p>' for note in fleet.notes),
        "bars": "\n".join(_bars(fleet, cells, heads)),
        "pictures": "\n".join(_pictures(fleet)),
        "host_options": _options(heads),
        "languages": _languages(list(languages)),
        "heads": "".join(_head(head, number, len(heads)) for number, head in enumerate(heads)),
        "rows": "\n".join(_rows(fleet, cells)),
        "reasons": "\n".join(_reasons(fleet, every, heads)),
        "rules": "\n".join(_rules(fleet, pages)),
        "data": script_data(page_data(fleet, cells, every)),
    }
    return Template(_asset("page.html")).substitute(parts)


def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return what a Content-Security-Policy names an inline script or style by."""
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _bars(fleet: Fleet, cells: Sequence[Sequence[Cell]], heads: Sequence[str]) -> Iterator[str]:
    for column, head in enumerate(heads):
        mine = [row[column] for row in cells if row[column].status != "other-language"]
        new, old = (sum(one.status == status for one in mine) for status in ("fits", "older"))
        wide = 100 / max(len(mine), 1)
        told = f"{new + old} of {len(mine)}" + (f" (newest: {new})" if old else "")
        yield (
            f'<li><span class="code">{text(head)}</span>'
            f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="fill-line" width="100" height="10"/>'
            f'<rect class="fill-old" width="{(new + old) * wide:.1f}" height="10"/>'
            f'<rect class="fill-good" width="{new * wide:.1f}" height="10"/></svg>'
            f"<span>{told}</span></li>"
        )


def _pictures(fleet: Fleet) -> Iterator[str]:
    for number, (api, axis) in enumerate(apis_of(fleet).items()):
        yield (
            f'<section class="panel" aria-labelledby="api-{number}"><h3 id="api-{number}">{text(api)}: plugins by the '
            f"version that their newest release was built against</h3>{chart(fleet, api, axis)}</section>"
        )


def _options(heads: Sequence[str]) -> str:
    return "".join(f'<option value="{number}">{text(head)}</option>' for number, head in enumerate(heads))


def _languages(found: Sequence[str]) -> str:
    if len(found) < 2:
        return ""
    options = "".join(f"<option>{text(one)}</option>" for one in found)
    return f'<label>Language <select id="language"><option value="">any</option>{options}</select></label>'


def _head(title: str, number: int, count: int) -> str:
    tall = ' class="tall"' if count > _MANY else ""
    return (
        f'<th scope="col" aria-sort="none" data-column="{number}"{tall} title="{text(title)}">'
        f'<button type="button">{text(title)}</button></th>'
    )


def _rows(fleet: Fleet, cells: Sequence[Sequence[Cell]]) -> Iterator[str]:
    apis = apis_of(fleet)
    titles = plugin_titles(fleet.plugins)
    for number, (plugin, title, mine) in enumerate(zip(fleet.plugins, titles, cells, strict=True)):
        found = "".join(_cell(fleet, one, column) for column, one in enumerate(mine))
        yield (
            f'<tr data-plugin="{number}"><th scope="row" title="{text(title)}">{_name(plugin, title)}</th>'
            f'<td class="strip">{strip(fleet, plugin, apis)}</td>{found}</tr>'
        )


def _name(plugin: FleetPlugin, title: str) -> str:
    releases = f'<span class="hidden">, {counted(len(plugin.rows), "release")}</span>'
    return f'<button type="button" aria-expanded="false">{text(title, 60)}{releases}</button>'


def _cell(fleet: Fleet, one: Cell, column: int) -> str:
    if one.status == "other-language":
        return f'<td class="other-language">{_OTHER}</td>'
    row = one.judged if one.row is None else one.row
    newest = f' data-newest="{one.judged}"' if one.status == "older" else ""
    button = f'<button type="button" data-row="{row}" data-column="{column}"{newest} aria-haspopup="dialog">'
    return f'<td class="{one.status}">{button}{text(shown(fleet, one))}</button></td>'


def _reasons(fleet: Fleet, every: bool, heads: Sequence[str]) -> Iterator[str]:
    found = together(reasons(fleet, every))
    if found:
        yield '<h2 id="reasons">What keeps releases from fitting</h2>'
    for some in found:
        yield '<section class="finding">'
        yield from (_reason(one) for one in some)
        names, hosts = concerned(fleet, some[0].rows), [heads[column] for column in some[0].columns]
        concerns = f"{text(listed(names, _MOST_NAMES), 4000)} <span class='soft'>with</span>"
        yield f"<p>{concerns} {text(', '.join(hosts), 4000)}</p>"
        if some[0].hint:
            example = f" ({text(some[0].hint_for)})" if some[0].hint_for else ""
            yield f'<p class="hint">{text(some[0].hint)}{example}</p>'
        yield "</section>"
    for reason, releases in gaps(fleet, every):
        names = [one.name or one.subject for one in releases]
        yield f"<p>{text(reason)}: {text(listed(list(dict.fromkeys(names)), _MOST_NAMES), 4000)}</p>"


def _reason(one: Reason) -> str:
    facts = "".join(
        f'<dt>{text(name)}</dt><dd class="code">{text(value) if isinstance(value, str) else _lines(value)}</dd>'
        for name, value in one.facts.items()
    )
    code = f'<a class="code" href="#rule-{text(one.code)}">{text(one.code)}</a>'
    return f"<h3>{code} {text(one.message)}</h3><dl>{facts}</dl>"


def _lines(values: Sequence[str]) -> str:
    return "\n".join(text(value) for value in values)


def _rules(fleet: Fleet, pages: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    codes = sorted({one.code for row in fleet.fits for fit in row if fit for one in (*fit.findings, *fit.ignored)})
    if codes:
        yield '<h2 id="rules">The rules that are named</h2>'
    for code in codes:
        name, page = pages.get(code, ("", ""))
        yield (
            f'<details id="rule-{text(code)}"><summary><span class="code">{text(code)}</span> {text(name)}</summary>'
            f"<pre>{_lines(page.splitlines())}</pre></details>"
        )
