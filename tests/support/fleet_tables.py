"""Small fleets, written down: what each host makes of each release."""

from collections.abc import Mapping, Sequence
from typing import Any

from pluginkit.core.fleet import ApiVersion, Fit, Fleet, FleetHost, PluginRelease
from pluginkit.core.frozen import replace
from pluginkit.core.verdict import Finding

DIGESTS = {version: f"h1:{version[0] * 43}=" for version in ("1.0.0", "2.0.0", "3.0.0")}


def api(version: str) -> ApiVersion:
    return ApiVersion("acme-pluginapi", version, DIGESTS.get(version, "h1:0="))


def host(label: str, version: str = "2.0.0", *, language: str = "python", **more: Any) -> FleetHost:
    return FleetHost(label, "acme-host", language, (api(version),), **more)


def release(name: str, version: str = "", *, language: str = "python", **more: Any) -> PluginRelease:
    file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl" if language == "python" else f"{name}.so"
    return PluginRelease(**{"subject": f"wheels/{file}", "apis": (api("2.0.0"),)} | more, name=name, language=language,
                         version=version)  # fmt: skip


def other_api(name: str, found: str = "2.0.0", expected: str = "3.0.0", **more: Any) -> Finding:
    return Finding(
        **{
            "code": "PK302",
            "severity": "error",
            "subject": name,
            "message": f"built for acme-pluginapi {found}, the host has {expected}",
            "hint": f"rebuild it against acme-pluginapi {expected}: `pluginkit build {name}`",
            "facts": {"found": found, "expected": expected},
        }
        | more
    )


def fits(*findings: Finding, **more: Any) -> Fit:
    return Fit(findings, **more)


def fleet(hosts: Sequence[FleetHost], rows: Mapping[PluginRelease, Sequence[Fit | None]], **more: Any) -> Fleet:
    """Make a fleet of releases, those of one plugin together and the newest first; findings get their subjects."""
    table = [tuple(fit and _about(fit, one.subject) for fit in found) for one, found in rows.items()]
    return Fleet(tuple(hosts), tuple(rows), tuple(table), **more)


def _about(fit: Fit, subject: str) -> Fit:
    return replace(fit, findings=tuple(replace(one, subject=subject) for one in fit.findings))


OK = fits()
NEEDS = Finding("PK404", "error", "", "needs idna>=4, the host has 3.7", "", {"found": "3.7", "expected": ">=4"})
MIXED = fleet(
    [host("prod/dist"), host("staging/dist"), host("next/dist", "3.0.0"), host("edge/dist", language="go")],
    {
        release("acme-filter", "1.6.0"): [fits(other_api("acme-filter", "3.0.0", "2.0.0")), OK, OK, fits(NEEDS)],
        release("acme-filter", "1.4.0"): [OK, OK, fits(other_api("acme-filter")), fits(NEEDS)],
        release("acme-render", "2.1.0"): [OK, OK, fits(other_api("acme-render"), NEEDS), fits(NEEDS)],
        release("acme-remote", "1.0.0", unread="the server sends no ranges: see --download"): [None] * 4,
        release("acme-store", "0.3.0", unchecked=("PK103", "PK104")): [OK, OK, OK, fits(NEEDS)],
        release("gofilter", language="go", subject="b/gofilter.so", platform="linux/amd64", number=3): [
            fits(NEEDS), fits(NEEDS), fits(NEEDS), fits(other_api("gofilter")),
        ],
        release("gofilter", language="go", subject="a/gofilter.so", platform="linux/amd64"): [
            fits(NEEDS), fits(NEEDS), fits(NEEDS), OK,
        ],
    },
    left_out=3,
    notes=("2 files of the index are older than the API",),
)  # fmt: skip
"""Every kind of cell, in two languages."""

EVIL = (
    "a\n::error::x\r%0A ]]> <b> & \x1b[2J \x00 \udcff \u202e |`*_[x](y) $ </script> <!-- --> ##[error]o " + "z" * 9000
)


def hostile() -> Fleet:
    """Make a fleet in which strangers chose every text."""
    finding = Finding("PK101", "error", EVIL, EVIL, EVIL, {EVIL: EVIL, "all": (EVIL,), "found": EVIL})
    one = PluginRelease(EVIL, EVIL, "python", EVIL, (ApiVersion(EVIL, EVIL, EVIL),), EVIL, EVIL)
    hosts = [FleetHost(f"{EVIL}{number}", EVIL, "python", (ApiVersion(EVIL, EVIL, EVIL),), EVIL) for number in (1, 2)]
    unread, older = replace(one, name=f"{EVIL}2", unread=EVIL), replace(one, version="1.0")
    table = ((Fit((finding,)), Fit((finding,), (finding,), EVIL)), (OK, Fit((finding,))), (None, None))
    return Fleet(tuple(hosts), (one, older, unread), table, notes=(EVIL,))


def large(plugins: int = 300, releases: int = 5, hosts: int = 20) -> Fleet:
    """Make a fleet of which each release fits about half of the hosts."""
    columns = [host(f"site{number:02}/dist", f"{number}.0.0") for number in range(hosts)]
    rows = {}
    for number in range(plugins):
        name = f"acme-plugin{number:03}"
        for age in range(releases):
            version = f"{releases - age}.{number % 7}.0"
            rows[release(name, version)] = [
                OK if (column + age) % 2 else fits(other_api(name, version, one.apis[0].version))
                for column, one in enumerate(columns)
            ]
    return fleet(columns, rows)
