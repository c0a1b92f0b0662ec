"""Where wheels would install files: what is their own and what is not, in a table; and what a host allows."""

from collections.abc import Callable, Mapping

import pytest
from cost import assert_linear
from wheels import NAME, file_name, record, stamp, stem, wheel, wheel_files

from pluginkit.backends.python.installed_record import elsewhere
from pluginkit.backends.python.wheel.reader import inspect_bytes
from pluginkit.core.api import Contract
from pluginkit.core.frozen import replace
from pluginkit.core.ownership import Owner
from pluginkit.core.verdict import Evidence, Finding, Host, HostSide
from pluginkit.rules import judge

DATA = f"{stem()}.data"
POINTS = "[acme.plugins]\nfilter = acme_filter\n"
EXTEND = b"__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
JUPYTER = Contract(factory="New", group="acme.plugins", may_install=("etc/jupyter/*", "share/jupyter/*"))
TOOLS = ("bin/p*", "bin/[aAu]*", "Scripts/*")
RELEASE = Host(
    "acme-host 1.0.0", "acme-host", (), Contract(factory="New", group="acme.plugins"), lock="sha256:" + "0" * 64,
    pins={"rich": "13.9.4", "six": "1.16.0", "llama-index": "0.14.0", "acme-filter": "1.0.0", "pyyaml": "6.0.2"},
)  # fmt: skip
OWNED = {
    "yaml": (Owner("pyyaml", "pyyaml 6.0.2", ("yaml/__init__.py", "yaml/loader.py", "yaml/data.txt")),),
    "twisted": (Owner("twisted", "twisted 26.10.0", ("twisted/__init__.py", "twisted/plugins/__init__.py")),),
    "google": (
        Owner("google-auth", "google-auth 2.0", ("google/auth/__init__.py",)),
        Owner("protobuf", "protobuf 5.0", ("google/protobuf/__init__.py", "google/protobuf/message.py")),
    ),
    "ns": (Owner("acme-ns", "acme-ns 1.0", ("ns/__init__.py", "ns/core.py")),),
    "tests": (Owner("sloppy", "sloppy 1.0", ("tests/__init__.py",)),),
    "acme_filter": (Owner("acme-filter", "acme-filter 0.9.0", ("acme_filter/__init__.py",)),),
    "six": (Owner("six", "six 1.16.0", ("six.py",)),),
}
ENVIRONMENT = replace(RELEASE, owned=OWNED)


def inspected(files: Mapping[str, bytes] = {}, scripts: str = "", name: str = NAME, **changes: object) -> Evidence:
    """Return what is read of a good wheel with further files and scripts."""
    points = f"{POINTS}[console_scripts]\n{scripts}" if scripts else POINTS
    made = {**wheel_files(name, files={"acme_filter/__init__.py": b"def New(): ...\n", **files}, entry_points=points)}
    return inspect_bytes(wheel(record(stamp(made, **changes))), file_name(name), f"{name}.whl")


def said(evidence: Evidence, host: Host | None) -> list[Finding]:
    (verdict,) = judge([evidence], [HostSide(host)] if host else [])
    return [one for one in verdict.findings if one.code in ("PK102", "PK107")]


HONEST: list[tuple[str, dict[str, bytes]]] = [
    ("a package of another name", {"filters/acme/__init__.py": b""}),
    ("a module", {"acme_helpers.py": b""}),
    ("a portion of a namespace", {"google/acme/__init__.py": b""}),
    ("a portion of a namespace of old", {"ns/__init__.py": EXTEND, "ns/acme.py": b""}),
    ("a portion in the name of a distribution", {"llama_index/readers/acme/__init__.py": b""}),
    ("a plugin where twisted looks for them", {"twisted/plugins/acme_endpoint.py": b""}),
    ("libraries of auditwheel", {"acme_filter.libs/libz-1.so": b""}),
    ("tests that nobody meant to ship", {"tests/__init__.py": b"", "tests/test_acme.py": b""}),
    ("a licence and a readme at the import root", {"LICENSE": b"", "README.md": b""}),
    ("a data file named as a standard module", {"types.json": b"{}"}),
    ("a package that is a module of the standard library no more", {"asyncore/__init__.py": b"", "imp.py": b""}),
    ("files in purelib and platlib", {f"{DATA}/purelib/acme_a/__init__.py": b"", f"{DATA}/platlib/acme_b.py": b""}),
    ("a script", {f"{DATA}/scripts/acme": b"#!python\n"}),
    ("a script with the name of a tool inside", {f"{DATA}/scripts/pip-audit": b"", f"{DATA}/scripts/pythonic": b""}),
    ("headers", {f"{DATA}/headers/acme.h": b"", f"{DATA}/headers/deep/acme.h": b""}),
    ("headers through data", {f"{DATA}/data/include/acme-filter/acme.h": b""}),
    ("its directory in share", {f"{DATA}/data/share/acme-filter/icons/a.png": b""}),
    ("its directory, spelled as its package", {f"{DATA}/data/share/acme_filter/a.txt": b""}),
    ("weights of a model", {f"{DATA}/data/share/acme-filter/model.pth": b""}),
    ("its directory in etc", {f"{DATA}/data/etc/acme-filter/acme.toml": b""}),
    ("a manual page", {f"{DATA}/data/share/man/man1/acme.1": b""}),
    ("documentation", {f"{DATA}/data/share/doc/acme-filter-1.0/index.html": b""}),
    ("translations", {f"{DATA}/data/share/locale/de/LC_MESSAGES/acme.mo": b""}),
    ("icons", {f"{DATA}/data/share/icons/hicolor/scalable/apps/acme.svg": b""}),
    ("a licence at the top", {f"{DATA}/data/LICENSE": b"", f"{DATA}/data/README.rst": b""}),
    ("its desktop entry", {f"{DATA}/data/share/applications/acme-filter.desktop": b""}),
    ("completions of its command", {
        f"{DATA}/scripts/acme": b"", f"{DATA}/data/share/bash-completion/completions/acme": b"",
        f"{DATA}/data/share/zsh/site-functions/_acme": b"",
        f"{DATA}/data/share/fish/vendor_completions.d/acme.fish": b"",
    }),
]  # fmt: skip


@pytest.mark.parametrize(("case", "files"), HONEST)
def test_an_artifact_may_install_what_is_its_own(case: str, files: dict[str, bytes]) -> None:
    evidence = inspected(files)
    assert [said(evidence, host) for host in (RELEASE, ENVIRONMENT, None)] == [[], [], []], case


HOSTILE: list[tuple[str, dict[str, bytes], str]] = [
    ("the interpreter", {f"{DATA}/data/bin/python": b""}, "bin/python, which belongs to the interpreter"),
    ("the interpreter with a version", {f"{DATA}/data/bin/python3.11": b""}, "belongs to the interpreter"),
    ("the interpreter of Windows", {f"{DATA}/data/Scripts/python.exe": b""}, "belongs to the interpreter"),
    ("the interpreter at the top", {f"{DATA}/data/python.exe": b""}, "not a place of its own"),
    ("pip", {f"{DATA}/data/bin/pip": b""}, "belongs to pip"),
    ("a script of pip", {f"{DATA}/scripts/pip3.11": b""}, "bin/pip3.11, which belongs to pip"),
    ("a script of pip for Windows", {f"{DATA}/scripts/PIP.EXE": b""}, "belongs to pip"),
    ("what every shell reads", {f"{DATA}/scripts/activate": b""}, "belongs to the virtual environment"),
    ("what PowerShell reads", {f"{DATA}/scripts/Activate.ps1": b""}, "belongs to the virtual environment"),
    ("uv", {f"{DATA}/scripts/uv": b""}, "belongs to uv"),
    ("our own command", {f"{DATA}/scripts/pluginkit": b""}, "belongs to pluginkit-toolchain"),
    ("a script in a directory", {f"{DATA}/scripts/sub/acme": b""}, "bin/sub/acme, which is not a place of its own"),
    ("packaging", {"packaging/__init__.py": b""}, "belongs to packaging"),
    ("one module of packaging", {"packaging/version.py": b""}, "belongs to packaging"),
    ("packaging in capitals", {"Packaging/version.py": b""}, "belongs to packaging"),
    ("pip's package", {"pip/__main__.py": b""}, "belongs to pip"),
    ("setuptools", {"setuptools/__init__.py": b"", "pkg_resources/__init__.py": b""}, "belongs to setuptools"),
    ("what setuptools runs at every start", {"_distutils_hack/__init__.py": b""}, "belongs to setuptools"),
    ("what virtualenv runs at every start", {"_virtualenv.py": b""}, "belongs to virtualenv"),
    ("installer", {"installer/records.py": b""}, "belongs to installer"),
    ("pluginkit", {"pluginkit/runtime/load.py": b""}, "belongs to pluginkit-toolchain"),
    ("the standard library", {"json/__init__.py": b""}, "belongs to the standard library"),
    ("a compiled module of it", {"_socket.abi3.so": b""}, "belongs to the standard library"),
    ("through purelib", {f"{DATA}/purelib/packaging/tags.py": b""}, "belongs to packaging"),
    ("through platlib", {f"{DATA}/platlib/site.py": b""}, "belongs to the standard library"),
    ("a package of a pin", {"rich/__init__.py": b""}, "belongs to rich 13.9.4"),
    ("a module of a pin", {"six.py": b""}, "belongs to six 1.16.0"),
    ("configuration of Jupyter", {f"{DATA}/data/etc/jupyter/jupyter_server_config.d/a.json": b""}, "not a place"),
    ("a kernel of Jupyter", {f"{DATA}/data/share/jupyter/kernels/python3/kernel.json": b""}, "not a place of its own"),
    ("another's directory", {f"{DATA}/data/share/acme-other/a.txt": b""}, "not a place of its own"),
    ("another's header", {f"{DATA}/data/include/python3.11/Python.h": b""}, "not a place of its own"),
    ("a header in no directory", {f"{DATA}/data/include/acme.h": b""}, "not a place of its own"),
    ("a library of the system", {f"{DATA}/data/lib/libssl.so.3": b""}, "not a place of its own"),
    ("a file at the top of share", {f"{DATA}/data/share/acme-filter": b""}, "not a place of its own"),
    ("a path file at the top", {f"{DATA}/data/acme.pth": b""}, "not a place of its own"),
    ("a unit of systemd", {f"{DATA}/data/share/systemd/user/a.service": b""}, "not a place of its own"),
    ("a desktop entry of another", {f"{DATA}/data/share/applications/firefox.desktop": b""}, "not a place of its own"),
    ("completions of another", {f"{DATA}/data/share/bash-completion/completions/git": b""}, "not a place of its own"),
    ("a settings file of pip", {f"{DATA}/data/pip.conf": b""}, "not a place of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "files", "message"), HOSTILE)
def test_what_is_not_its_own_is_refused_with_the_path(case: str, files: dict[str, bytes], message: str) -> None:
    (finding,) = said(inspected(files), replace(RELEASE, contract=replace(RELEASE.contract, may_install=TOOLS)))
    assert (finding.code, finding.severity) == ("PK107", "error")
    assert message in finding.message, case
    assert "`pluginkit build acme-filter`" in finding.hint


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ("pip", "pip"), ("easy_install-3.11", "setuptools"), ("wheel", "wheel"), ("python3-config", "the interpreter"),
        ("pydoc3", "the interpreter"), ("deactivate", "the virtual environment"), ("uvx", "uv"),
    ],
)  # fmt: skip
def test_entry_points_make_scripts_too(line: str, owner: str) -> None:
    (finding,) = said(inspected(scripts=f"{line} = acme_filter:New\n"), RELEASE)
    assert f"bin/{line}, which belongs to {owner}" in finding.message


@pytest.mark.parametrize(
    ("files", "owner"),
    [
        (["yaml/__init__.py"], "pyyaml 6.0.2"),
        (["yaml/loader.py"], "pyyaml 6.0.2"),
        (["yaml/loader/__init__.py"], "pyyaml 6.0.2"),
        (["yaml/loader.abi3.so"], "pyyaml 6.0.2"),
        (["yaml/data.txt"], "pyyaml 6.0.2"),
        (["google/protobuf/message.py", "google/acme.py"], "protobuf 5.0"),
        (["twisted/plugins/__init__.py"], "twisted 26.10.0"),
        (["ns/core.py"], "acme-ns 1.0"),
        (["six/__init__.py"], "six 1.16.0"),
    ],
)
def test_files_of_what_is_installed_are_refused(files: list[str], owner: str) -> None:
    (finding,) = said(inspected(dict.fromkeys(files, b"x = 1\n")), ENVIRONMENT)
    assert f"would install {files[0]}, which belongs to {owner}" in finding.message


def test_all_paths_of_one_owner_are_one_finding() -> None:
    files = {f"{DATA}/data/lib/{number}.so": b"" for number in range(12)} | {"pip/a.py": b"", "pip/b.py": b""}
    package, place = said(inspected(files), RELEASE)
    assert package.facts == {"all": ("pip/a.py", "pip/b.py")}
    assert place.message == "would install lib/0.so, which is not a place of its own (and 11 more)"
    assert place.facts["all"][-1] == "and 2 more"
    assert place.hint.endswith("""or allow it in the host's [contract]: may-install = ["lib/*"]""")


EXTENSION = {
    f"{DATA}/data/etc/jupyter/jupyter_server_config.d/acme.json": b"{}",
    f"{DATA}/data/share/jupyter/labextensions/@acme/filter/package.json": b"{}",
}


def test_a_host_allows_places() -> None:
    assert not said(inspected(EXTENSION), replace(RELEASE, contract=JUPYTER))
    (finding,) = said(inspected(EXTENSION), replace(RELEASE, contract=replace(JUPYTER, may_install=("etc/jupyter/*",))))
    assert finding.facts == {"found": "share/jupyter/labextensions/@acme/filter/package.json"}


@pytest.mark.parametrize(
    ("host", "severity"), [(None, "warning"), (replace(RELEASE, lock=""), "warning"), (RELEASE, "error")]
)
def test_a_plugin_cannot_allow_itself_what_its_host_does_not(host: Host | None, severity: str) -> None:
    (finding,) = said(inspected(EXTENSION, contract=JUPYTER), host)
    assert finding.severity == severity


@pytest.mark.parametrize("kind", ["api", "host"])
def test_what_passes_for_a_host_or_an_api_has_no_more_rights_beside_another_host(kind: str) -> None:
    assert said(inspected(EXTENSION, kind=kind), RELEASE)


def test_a_host_installs_what_it_likes_but_for_what_is_everybodys() -> None:
    own = replace(RELEASE, name=NAME)
    assert not said(inspected(EXTENSION, kind="host"), own)
    assert not said(inspected(EXTENSION, kind="host"), None)
    assert said(inspected({"pip/__init__.py": b""}, kind="host"), own)


def test_a_script_of_two_artifacts_is_said_of_the_plugins() -> None:
    plugin, other = inspected(scripts="acme = acme_filter:New\n"), inspected(scripts="acme = x:y\n", name="acme-other")
    host = inspected(scripts="acme = acme_filter:New\n", name="acme-host", kind="host")
    (verdict,) = judge([host, plugin], [HostSide(RELEASE)])
    assert [(one.subject, one.message) for one in verdict.findings if one.code == "PK107"] == [
        ("acme-filter.whl", "would install bin/acme, which belongs to acme-host.whl")
    ]
    (verdict,) = judge([plugin, other], [HostSide(RELEASE)])
    assert [one.subject for one in verdict.findings if one.code == "PK107"] == ["acme-filter.whl", "acme-other.whl"]


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ("../../../bin/python", "bin/python"),
        ("../../Scripts/pip.exe", "bin/pip.exe"),
        ("acme/../../../../bin/sh", "bin/sh"),
        ("/usr/bin/acme", "usr/bin/acme"),
        ("../../../share/acme-filter/./x", "share/acme-filter/x"),
        ("../../../../../etc/passwd", "etc/passwd"),
        ("../../../bin/__pycache__/acme.cpython-311.pyc", ""),
        ("acme/..dots/x.py", ""),
        ("acme/__init__.py", ""),
        ("../..", ""),
    ],
)
def test_a_record_lists_what_lies_outside_of_the_import_root(row: str, path: str) -> None:
    assert elsewhere([[row, "", ""]]) == ((path,) if path else ())


def evidence_of(count: int) -> Evidence:
    """Return what is known of a plugin that has very many files in all the wrong places."""
    good = inspected()
    files = tuple(f"google/m{number}.py" for number in range(count))
    placed = tuple(f"etc/jupyter/{number}.json" for number in range(count))
    contract = replace(JUPYTER, may_install=tuple(f"etc/{number}/*" for number in range(count)))
    stamped = good.stamp and replace(good.stamp, contract=contract)
    return replace(good, files=files, placed=placed, stamp=stamped)


@pytest.mark.parametrize("host", [None, replace(ENVIRONMENT, lock="")])
def test_the_cost_grows_with_the_number_of_files(host: Host | None) -> None:
    def of(count: int) -> Callable[[], None]:
        evidence, files = evidence_of(count), tuple(f"google/m{number}.py" for number in range(count))
        owned = {"google": tuple(Owner(f"g{number}", f"g{number} 1", files) for number in range(4))}
        held = replace(host, owned=owned) if host else None
        return lambda: assert_refused(evidence, held)

    assert_linear(of, 500)


def assert_refused(evidence: Evidence, host: Host | None) -> None:
    assert said(evidence, host)
