"""Rows of the table about hosts that serve two versions of their API, each with its contract."""

from go_bench import API, stamped
from go_rows import another_api, api, for_api, one, own_contract, said

V2 = "acme/pluginapi/v2"
TWO = (stamped(another_api(V2, version="v2.0.0"), own_contract(V2, required=["batch"])),)
"""The edits of a host that serves a second version, and asks its plugins for a capability."""
FOR_V2, FOR_BOTH = api(name=V2, version="v2.0.0"), another_api(V2, version="v2.0.0")
VERSIONS = [
    one("for the version that is asked what all are", "", host=TWO),
    one("for the version with a contract of its own", "PK504", stamped(FOR_V2), host=TWO),
    one("and it gives what that asks", "", stamped(FOR_V2), said(capabilities=["batch"]), host=TWO),
    one("for both, and it names none", "PK504", stamped(FOR_BOTH), host=TWO),
    one("for both, and it names the old one", "", stamped(FOR_BOTH, for_api(API)), host=TWO),
    one("for both, and it names the new one", "PK504", stamped(FOR_BOTH, for_api(V2)), said(minor=1), host=TWO),
    one("it names a version that it does not use", "", stamped(for_api(V2)), host=TWO),
    one("it names what no host has", "PK504", stamped(FOR_V2, for_api("acme/other")), host=TWO),
    one("a version that the host does not serve any more", "PK301", stamped(FOR_V2, for_api(V2))),
    one(
        "for both, and the tenth is newer than the ninth",
        "PK504",
        stamped(api(version="v10.0.0"), another_api(V2, version="v9.1.0")),
        host=(
            stamped(
                api(version="v10.0.0"),
                another_api(V2, version="v9.1.0"),
                own_contract(API, required=["batch"]),
                own_contract(V2),
            ),
        ),
    ),
    one(
        "a version with another factory",
        "PK501",
        stamped(FOR_V2),
        host=(stamped(FOR_BOTH, own_contract(V2, factory="Make")),),
    ),
    one(
        "a version with the factory that all others lack",
        "",
        stamped(FOR_V2),
        host=(
            stamped(
                FOR_BOTH,
                own_contract(V2),
                lambda said: said["contract"].update(symbols={"Make": "func()"}, factory="Make"),
            ),
        ),
    ),
]
