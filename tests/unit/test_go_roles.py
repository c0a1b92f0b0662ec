"""Who implements the interfaces of a Go API, by the contract."""

import pytest

from pluginkit.surface.go.roles import go_roles

PLUGIN = "type Plugin interface {}; type Plugin interface, Handle(Host, ...Hook) (Answer, error); "
HOST = "type Host interface {}; type Host interface, Log(string); "
ANSWER = "type Answer interface {}; type Answer interface, Text() string; "
HOOK = "type Hook interface {}; type Hook interface, Run(); "

CASES = [
    (PLUGIN + HOST + ANSWER + HOOK, ["func() p.Plugin"],
     {"Plugin": "plugins", "Host": "host", "Hook": "host", "Answer": "plugins"}),
    (PLUGIN + HOST, ["func(p.Host) (*p.Plugin, error)"], {"Plugin": "plugins", "Host": "host"}),
    (PLUGIN + HOST, ["map[string]p.Plugin", "func(...p.Host)"], {"Plugin": "plugins", "Host": "host"}),
    (HOST, ["func() int"], {}),
    (HOST + "func Register(Host)", [], {"Host": "plugins"}),
    (HOST + "func Current() Host", [], {"Host": "host"}),
    (HOST + "func Wrap(Host) Host", [], {"Host": "plugins"}),
    (HOST + "var Default Host", [], {"Host": "plugins"}),
    (HOST + "type Box struct { H }; type Box struct, H Host", ["func(*p.Box)"], {"Host": "host"}),
    (HOST + "type Box struct { h }; type Box struct, h Host", ["func(*p.Box)"], {}),
    (HOST + HOOK + "type Box struct {}; method (Box) Add(Hook) Host", ["func(p.Box)"],
     {"Hook": "plugins", "Host": "host"}),
    (HOST + "type All []Host", ["func(p.All)"], {"Host": "host"}),
    (HOST + "type H = Host", ["func(p.H)"], {"Host": "host"}),
    (HOST + "type Call func(Host)", ["func() p.Call"], {"Host": "host"}),
    (HOST, ["chan<- p.Host"], {"Host": "host"}),
    (HOST, ["chan p.Host"], {"Host": "plugins"}),
    (HOST, ["func(struct { H p.Host })"], {"Host": "host"}),
    (HOST, ["func(interface { Get() p.Host })"], {"Host": "host"}),
    ("type R interface {}; type R interface, Next() R", ["func() p.R"], {"R": "plugins"}),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "symbols", "roles"), CASES)
def test_roles_follow_who_hands_over_what(lines: str, symbols: list[str], roles: dict[str, str]) -> None:
    surface = [f"pkg acme/p, {line}" for line in lines.split("; ") if line]
    found = go_roles(surface, symbols, {"p": "acme/p"})
    assert found == {f"acme/p.{name}": role for name, role in roles.items()}
