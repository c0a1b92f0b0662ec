"""A verifier of DSSE that was written elsewhere, go-securesystemslib, accepts the envelopes of real artifacts."""

import json
import subprocess
from pathlib import Path

import pytest
from go_bench import STRIPPED, Bench, build_bench
from gofixtures import GoTools
from monorepo import write
from signing import PUBLIC, TRUST, envelope
from wheels import file_name, good_wheel

from pluginkit.backends.go.inspector import GoInspector
from pluginkit.backends.signatures import signatures_of
from pluginkit.core.dsse import key_id
from pluginkit.core.signatures import authenticate

pytestmark = pytest.mark.slow

MODULE = "github.com/secure-systems-lab/go-securesystemslib"
VERSION = "v0.11.1"
VERIFIER = f"""\
// Verifier reads lines of JSON, each an envelope with public keys in hex by their names in envelopes, and prints how
// many of them signed it, and what.
package main

import (
	"context"
	"encoding/json"
	"os"

	"{MODULE}/dsse"
	"{MODULE}/signerverifier"
)

type question struct {{
	Envelope dsse.Envelope
	Keys     map[string]string
}}

func main() {{
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {{
		var asked question
		if questions.Decode(&asked) != nil {{
			return
		}}
		var keys []dsse.Verifier
		for id, public := range asked.Keys {{
			key, err := signerverifier.NewED25519SignerVerifierFromSSLibKey(&signerverifier.SSLibKey{{
				KeyID: id, KeyType: "ed25519", Scheme: "ed25519", KeyVal: signerverifier.KeyVal{{Public: public}},
			}})
			if err != nil {{
				panic(err)
			}}
			keys = append(keys, key)
		}}
		verifier, err := dsse.NewMultiEnvelopeVerifier(len(keys), keys...)
		if err != nil {{
			panic(err)
		}}
		accepted, payload, err := verifier.VerifyAndDecode(context.Background(), &asked.Envelope)
		if err != nil {{
			answers.Encode(err.Error())
			continue
		}}
		answers.Encode([]any{{len(accepted), string(payload)}})
	}}
}}
"""


@pytest.fixture(scope="module")
def verifier(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("verifier")
    write(root, {"go.mod": f"module verifier\n\ngo 1.25\n\nrequire {MODULE} {VERSION}\n", "main.go": VERIFIER})
    subprocess.run([go.go, "mod", "tidy"], cwd=root, env=go.env, check=True, capture_output=True, timeout=300)
    return go.build(root, ".", root / "verifier")


@pytest.fixture(scope="module")
def bench(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return build_bench(go, tmp_path_factory.mktemp("bench"), ("filter",))


@pytest.fixture(scope="module")
def signed(bench: Bench, go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, tuple[str, ...]]]:
    """Sign a plugin, its host, a host for another processor and a wheel; each with the keys that did."""
    root = tmp_path_factory.mktemp("signed")
    foreign = go.build(bench.root / "acme", "./cmd/host", root / "foreign", STRIPPED, GOARCH="arm64", CGO_ENABLED="0")
    artifacts = {
        "filter.so": bench.plugins["filter"],
        "host": bench.host,
        "arm64": foreign.read_bytes(),
        file_name(): good_wheel(),
    }
    found = []
    for name, data in artifacts.items():
        for signers in (("ci",), ("ci", "release")):
            source, target = root / name, root / "-".join(signers) / name
            target.parent.mkdir(exist_ok=True)
            source.write_bytes(data)
            stamp, _ = signatures_of(source).envelope(source)
            signatures_of(source).with_envelope(source, target, envelope(stamp, *signers))
            found.append((target, signers))
    return found


def test_it_accepts_each_honest_envelope(verifier: Path, signed: list[tuple[Path, tuple[str, ...]]]) -> None:
    cut = [(signatures_of(path).envelope(path), signers) for path, signers in signed]
    asked = [
        {"Envelope": json.loads(made or b"{}"), "Keys": {key_id(PUBLIC[name]): PUBLIC[name].hex() for name in signers}}
        for (_, made), signers in cut
    ]
    text = "\n".join(map(json.dumps, asked))
    done = subprocess.run([verifier], input=text, capture_output=True, text=True, check=True, timeout=60)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers == [[len(signers), stamp.decode()] for (stamp, _), signers in cut]
    assert len(answers) == 8


def test_it_refuses_what_is_refused_here(verifier: Path, signed: list[tuple[Path, tuple[str, ...]]]) -> None:
    _, made = signatures_of(signed[0][0]).envelope(signed[0][0])
    value = json.loads(made or b"")
    value["payloadType"] += "x"
    question = {"Envelope": value, "Keys": {key_id(PUBLIC["ci"]): PUBLIC["ci"].hex()}}
    text = json.dumps(question)
    done = subprocess.run([verifier], input=text, capture_output=True, text=True, check=True, timeout=60)
    assert "do not match threshold" in json.loads(done.stdout)


def test_binaries_for_another_processor_are_signed_as_any(signed: list[tuple[Path, tuple[str, ...]]]) -> None:
    path = next(path for path, _ in signed if path.name == "arm64")
    (evidence,) = GoInspector().inspect([(path, "arm64")], TRUST)
    assert evidence.binary
    assert (evidence.binary.platform, evidence.withheld) == ("linux/arm64", False)
    assert evidence.signed
    assert isinstance(authenticate(evidence.signed, TRUST.keys), tuple)
