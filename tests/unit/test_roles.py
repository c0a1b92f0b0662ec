"""Who implements the interfaces of a Python API."""

import pytest

from pluginkit.surface.roles import roles

PLUGIN = ["class a.Plugin(Protocol)", "def a.Plugin.handle(self, host: Host) -> Answer"]
HOST = ["class a.Host(Protocol)", "def a.Host.log(self, text: str) -> Log"]
LOG = ["class a.Log(Protocol)", "def a.Log.write(self, text: str)"]
ANSWER = ["class a.Answer(ABC)", "@abstractmethod def a.Answer.text(self) -> str"]


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ([], {}),
        (["class a.Plain", "def a.Plain.f(self)"], {}),
        (["class a.P(Protocol)"], {"a.P": "plugins"}),
        (["class a.P(ABC)", "@abstractmethod def a.P.f(self)"], {"a.P": "plugins"}),
        (["class a.P", "@unimplemented def a.P.f(self)"], {"a.P": "plugins"}),
        (["class a.P(ABC)", "def a.P.f(self)"], {}),
        ([*PLUGIN, *HOST, *LOG, *ANSWER],
         {"a.Plugin": "plugins", "a.Host": "host", "a.Log": "host", "a.Answer": "plugins"}),
        # a callback that the host is given is the plugins'
        (["class a.Plugin(Protocol)", "def a.Plugin.start(self, host: Host)", "class a.Host(Protocol)",
          "def a.Host.on(self, done: Done)", "class a.Done(Protocol)", "def a.Done.__call__(self)"],
         {"a.Plugin": "plugins", "a.Host": "host", "a.Done": "plugins"}),
        # in an alias, in a list, as an attribute
        (["class a.Plugin(Protocol)", "a.Plugin.logs: list[Log]", *LOG], {"a.Plugin": "plugins", "a.Log": "plugins"}),
        (["class a.Plugin(Protocol)", "def a.Plugin.use(self, logs: Logs)", "type a.Logs = list[Log]", *LOG],
         {"a.Plugin": "plugins", "a.Log": "host"}),
        # interfaces that only mention each other are reached from nowhere
        (["class a.A(Protocol)", "def a.A.f(self) -> B", "class a.B(Protocol)", "def a.B.f(self) -> A"],
         {"a.A": "host", "a.B": "host"}),
    ],
)  # fmt: skip
def test_roles_follow_what_is_given_and_returned(surface: list[str], expected: dict[str, str]) -> None:
    assert roles(surface) == expected
