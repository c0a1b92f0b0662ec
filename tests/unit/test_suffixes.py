"""Which extension modules are told not to fit the tags of their wheel."""

import pytest

from pluginkit.rules.suffixes import unfit_extensions

LINUX, MUSL = "manylinux_2_17_x86_64", "musllinux_1_2_x86_64"


@pytest.mark.parametrize(
    ("suffix", "tag", "fits"),
    [
        ("cpython-311-x86_64-linux-gnu.so", f"cp311-cp311-{LINUX}", True),
        ("cpython-311-x86_64-linux-gnu.so", "cp311-cp311-linux_x86_64", True),
        ("cpython-311-x86_64-linux-gnu.so", f"cp311-cp311-{MUSL}", True),
        ("cpython-311-x86_64-linux-musl.so", f"cp311-cp311-{MUSL}", True),
        ("cpython-311-x86_64-linux-gnu.so", f"cp312-cp312-{LINUX}", False),
        ("cpython-311-x86_64-linux-gnu.so", "cp311-cp311-manylinux_2_17_aarch64", False),
        ("cpython-311-aarch64-linux-gnu.so", "cp311-cp311-manylinux_2_17_aarch64", True),
        ("cpython-311-x86_64-linux-gnu.so", "cp311-cp311-macosx_11_0_arm64", False),
        ("cpython-311-x86_64-linux-gnu.so", "cp311-cp311-win_amd64", False),
        ("cpython-311-x86_64-linux-gnu.so", f"cp39-abi3-{LINUX}", False),
        ("cpython-311-x86_64-linux-gnu.so", f"cp311-abi3-{LINUX}", False),
        ("cpython-311-x86_64-linux-gnu.so", f"pp310-pypy310_pp73-{LINUX}", False),
        ("cpython-311-x86_64-linux-gnu.so", f"py3-none-{LINUX}", False),
        ("cpython-311-x86_64-linux-gnu.so", "py3-none-any", False),
        ("abi3.so", "py3-none-any", False),
        ("so", "py3-none-any", True),
        ("cpython-311-x86_64-linux-gnu.so", f"graalpy311-graalpy242_311_native-{LINUX}", True),
        ("cpython-36m-x86_64-linux-gnu.so", f"cp36-cp36m-{LINUX}", True),
        ("cpython-36m-darwin.so", "cp36-cp36m-macosx_10_9_x86_64", True),
        ("cpython-312-darwin.so", "cp312-cp312-macosx_10_9_universal2", True),
        ("cpython-313t-x86_64-linux-gnu.so", f"cp313-cp313t-{LINUX}", True),
        ("cpython-313-x86_64-linux-gnu.so", f"cp313-cp313t-{LINUX}", False),
        ("cpython-313t-x86_64-linux-gnu.so", f"cp313-cp313-{LINUX}", False),
        ("cpython-39-i386-linux-gnu.so", "cp39-cp39-manylinux1_i686", True),
        ("cpython-39-arm-linux-gnueabihf.so", "cp39-cp39-manylinux2014_armv7l", True),
        ("cpython-39-powerpc64le-linux-gnu.so", "cp39-cp39-manylinux2014_ppc64le", True),
        ("cpython-313-strange.so", "cp313-cp313-plan9_x86_64", True),
        ("abi3.so", f"cp39-abi3-{LINUX}", True),
        ("abi3.so", f"cp311-cp311-{LINUX}", True),
        ("abi3.so", f"py3-none-{LINUX}", True),
        ("abi3.so", "cp39-abi3-macosx_11_0_arm64", True),
        ("abi3.so", "cp39-abi3-win_amd64", False),
        ("abi3.so", f"pp310-pypy310_pp73-{LINUX}", False),
        ("cp311-win_amd64.pyd", "cp311-cp311-win_amd64", True),
        ("cp311-win_amd64.pyd", "cp311-cp311-win32", False),
        ("cp311-win_amd64.pyd", "cp312-cp312-win_amd64", False),
        ("cp311-win_amd64.pyd", f"cp311-cp311-{LINUX}", False),
        ("cp313t-win_amd64.pyd", "cp313-cp313t-win_amd64", True),
        ("pypy310-pp73-x86_64-linux-gnu.so", f"pp310-pypy310_pp73-{LINUX}", True),
        ("pypy310-pp73-x86_64-linux-gnu.so", f"cp310-cp310-{LINUX}", False),
        ("so", f"cp311-cp311-{LINUX}", True),
        ("pyd", "cp39-abi3-win_amd64", True),
        ("cpython-311-x86_64-linux-gnu.so", "", True),
    ],
)
def test_a_suffix_must_be_one_that_the_tags_interpreter_imports(suffix: str, tag: str, fits: bool) -> None:
    found = [one.path for one in unfit_extensions((f"acme/fast.{suffix}",), (tag,) if tag else ())]
    assert found == ([] if fits else [f"acme/fast.{suffix}"])


@pytest.mark.parametrize(
    "beside",
    ["acme/fast.cpython-312-x86_64-linux-gnu.so", "acme/fast.abi3.so", "acme/fast.so", "acme/fast.py"],
)
def test_one_form_that_fits_is_enough(beside: str) -> None:
    files = ("acme/fast.cpython-311-x86_64-linux-gnu.so", beside)
    assert not list(unfit_extensions(files, (f"cp312-cp312-{LINUX}",)))


def test_every_tag_must_be_served() -> None:
    tags = (f"cp311-cp311-{LINUX}", f"cp312-cp312-{LINUX}")
    (found,) = unfit_extensions(("fast.cpython-311-x86_64-linux-gnu.so", "fast.txt"), tags)
    assert (found.path, found.tag) == ("fast.cpython-311-x86_64-linux-gnu.so", tags[1])


@pytest.mark.parametrize(
    ("tag", "general"),
    [("py3-none-any", True), ("py3-none-win32", True), ("cp39-abi3-win32", False), ("cp39-none-any", True)],
)
def test_a_tag_for_any_python_or_platform_holds_where_it_was_built(tag: str, general: bool) -> None:
    (found,) = unfit_extensions(("fast.cpython-311-x86_64-linux-gnu.so",), (tag,))
    assert found.is_general is general


def test_libraries_are_no_extension_modules() -> None:
    files = ("acme.libs/libz-1.2.cpython-311-x86_64-linux-gnu.so", "acme/libfoo.so.1", "acme/libfoo.so")
    assert not list(unfit_extensions(files, (f"cp312-cp312-{LINUX}",)))
