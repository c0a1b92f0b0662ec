from dataclasses import FrozenInstanceError
from importlib.metadata import version

import pytest

from acme_pluginapi import API_VERSION, NeedsHost, Plugin, Request, Response


class Echo:
    name = "echo"

    def handle(self, request: Request) -> Response:
        return Response(200, request.body)


def test_the_version_in_the_code_is_that_of_the_distribution() -> None:
    assert version("acme-pluginapi") == API_VERSION


def test_a_plugin_needs_no_base_class() -> None:
    assert isinstance(Echo(), Plugin)
    assert not isinstance(Echo(), NeedsHost)
    assert not isinstance(object(), Plugin)


def test_requests_and_responses_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Request("1", b"").body = b"other"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        Response(200, b"").status = 500  # type: ignore[misc]


@pytest.mark.parametrize(("status", "ok"), [(200, True), (204, True), (399, True), (400, False), (500, False)])
def test_a_response_is_ok_below_400(status: int, ok: bool) -> None:
    assert Response(status, b"").ok is ok
