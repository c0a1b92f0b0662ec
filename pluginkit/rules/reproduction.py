"""PK604: who builds the sources again gets the same bytes. Asked by `pluginkit rebuild` alone, which runs the build."""

from collections.abc import Iterable

from pluginkit.rules.rule import Case, Problem, defects, rule

HINT = "build from the very sources, lock and tools of the release, or make it anew: `pluginkit build`"


@rule("PK604", "not-reproduced")
def not_reproduced(case: Case) -> Iterable[Problem]:
    """Refuse an artifact that its sources do not give again.

    **What.** `pluginkit rebuild RELEASE DIR` builds the checkout in DIR in a fresh place, by its lock and without
    caches, and has other bytes than the release. Reported are the first file inside that differs, or the first section
    of a binary, and where in it; then the reason, as far as it can be proven. Where sources, lock or tools are not
    those of the release, that is said first. Otherwise the artifact is built again with one thing changed at a time
    (the path, the locale, the time zone, the modes of files, the hash seed, the user's name, the order of directories),
    and what changes the same file is the reason. `verify` never reports it: it runs nothing.

    **Why.** A signature says who built an artifact, and nothing of what from. Where two machines that have nothing in
    common get the same bytes from the same sources, neither of them has slipped anything in.

    **Example.**

        PK604 dist/acme_filter-1.0.0-py3-none-any.whl: not reproduced: acme_filter/built.py, line 1
          released  ZONE = 'CET'
          rebuilt   ZONE = 'UTC'
          reason    the time zone: built with TZ=XXX-14, the same file is another one
          hint: let the build write times in UTC, or none

    **Fix.** Take what differs out of the build. Times come from the variable SOURCE_DATE_EPOCH, if they must be there;
    paths are written relative to the project; sets and directories are sorted before they are written. Where sources
    or lock differ, check out the commit of the release.
    """
    yield from defects("PK604", HINT)(case)
