import io

import pytest
from pluginkit.runtime import Result

from acme_host.cli import main
from acme_host.pipeline import run
from acme_pluginapi import Plugin, Request, Response


class Add:
    name = "add"

    def handle(self, request: Request) -> Response:
        return Response(200, request.body + b"+")


class Refuse:
    name = "refuse"

    def handle(self, request: Request) -> Response:
        return Response(403, b"no")


class Fail:
    name = "fail"

    def handle(self, request: Request) -> Response:
        raise SystemExit(3)


class Lie:
    name = "lie"

    def handle(self, request: Request) -> Response:
        return request.body  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("plugins", "response"),
    [
        ([], Response(200, b"body")),
        ([Add(), Add()], Response(200, b"body++")),
        ([Add(), Refuse(), Add()], Response(403, b"no")),
        ([Fail(), Add()], Response(500, b"fail failed")),
        ([Lie(), Add()], Response(500, b"lie failed")),
    ],
)
def test_each_plugin_goes_on_from_the_one_before(plugins: list[Plugin], response: Response) -> None:
    loaded = [Result(plugin.name, "", "loaded", plugin=plugin) for plugin in plugins]
    assert run(loaded, Request("1", b"body")) == response


def test_each_argument_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hello world", "bye"]) == 0
    assert capsys.readouterr().out == "200 HELLO WORLD\n200 BYE\n"


def test_each_line_of_standard_input_is_answered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\r\ntwo\n")))
    assert main([]) == 0
    assert [line.lower() for line in capsys.readouterr().out.splitlines()] == ["200 one", "200 two"]


def test_a_refused_request_is_an_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--max-body", "4", "four", "five!"]) == 1
    assert capsys.readouterr().out.splitlines()[1] == "413 the request is too large"


def test_the_plugins_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--plugins"]) == 0
    assert "not verified (development)" in capsys.readouterr().out
