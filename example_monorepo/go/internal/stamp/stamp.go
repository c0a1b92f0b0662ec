// Package stamp reads what pluginkit wrote into a host or plugin about its build, as strictly as `pluginkit verify`.
//
// A stamp is self-asserted: it tells a stale plugin from a good one, not a good author from a bad one.
package stamp

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Stamp is what an artifact says of its build.
type Stamp struct {
	Kind, Name, Version, Language string
	APIs                          []API
	Lock, Inputs, Payload         string
	Builder                       string
	Toolchain                     map[string]string
	Capabilities                  []string
	Contract                      Contract
	Ignores                       []Ignore // of a host: findings about plugins that it lives with
	Release                       int64    // the number of the release that it was built for; 0: it has none
	Trust                         *Trust   // of a host: whose signatures it accepts; nil: it asks for none
	Mode                          string   // of a plugin: how hosts run it
	Linked                        []Linked // of a host: the plugins that are part of it
}

// Linked is a plugin that is part of a host.
type Linked struct {
	Name, Version string
	Capabilities  []string
	Inputs        string // digest of what goes into it alone
}

// API is one copy of a shared API.
type API struct {
	Name, Version, Digest string
	Modules, Surface      []string
}

// Contract is what the host asks of its plugins.
type Contract struct {
	Factory         string
	Symbols         map[string]string
	Group           string
	Known, Required []string
	Policy          string
	SameLock        bool
	API             string     // whose plugins are asked this; empty where a host asks the same of all
	APIs            []Contract // of a host that serves several versions of its API: of those that have their own
}

// Ignore is a finding that a host lives with: a rule's code or name, and a glob over names of plugins and files.
type Ignore struct {
	Rule, Reason string
	Plugin       string // empty: all of them
	Until        string // last day on which it holds (ISO 8601), empty: for ever
}

// Error is why bytes are not a stamp; Code is the rule that refuses them.
type Error struct{ Code, Message string }

func (e *Error) Error() string { return e.Message }

const (
	schema  = "2" // and 1, which knows none of the optional members
	minor   = 4   // what a newer minor version adds is skipped
	maxSize = 1 << 20
)

var (
	kinds    = []string{"api", "host", "plugin"}
	modes    = []string{"plugin", "linked", "subprocess", "wasm"}
	policies = []string{"exact", "compatible"}
	language = regexp.MustCompile(`^[a-z][a-z0-9]{0,30}$`)
	content  = regexp.MustCompile(`^h1:[A-Za-z0-9+/]{43}=$`)
	digest   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	date     = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

	members = []string{
		"schema", "kind", "name", "version", "language", "apis", "lock", "toolchain", "capabilities", "contract", "inputs",
		"payload", "builder",
	}
	optional        = []string{"minor", "ignores", "roles", "uses", "mode", "toolkit", "release", "trust", "linked"}
	apiMembers      = []string{"name", "version", "digest", "modules", "surface"}
	contractMembers = []string{"factory", "symbols", "group", "known", "required", "policy", "same-lock"}
	versionMembers  = []string{"api", "apis"}                     // of a contract too, since minor version 1
	callMembers     = []string{"kind", "arguments", "implements"} // and of Python's, since minor version 2
	placeMembers    = []string{"may-install"}                     // since minor version 3
	callKinds       = []string{"factory", "class", "attribute", "module", "hooks"}
	ignoreMembers   = []string{"rule", "reason", "plugin", "until"}
	linkedMembers   = []string{"name", "version", "capabilities", "inputs"}
)

// Parse reads a stamp: unknown or missing members, wrong types and other spellings are refused.
func Parse(data []byte) (*Stamp, *Error) {
	if len(data) > maxSize {
		return nil, malformed("has %d bytes, at most %d are read", len(data), maxSize)
	}
	value, err := readJSON(data)
	if err != nil {
		return nil, malformed("cannot be read: %v", err)
	}
	whole, _ := value.(object) // another value has no schema
	p := &parser{}
	p.version(whole)
	if p.err != nil {
		return nil, p.err
	}
	stamp := p.stamp(whole)
	if p.err != nil {
		return nil, p.err
	}
	if spelled, err := canonical(nil, whole); err != nil || string(spelled) != string(data) {
		return nil, malformed("is not in canonical form (RFC 8785): a key twice, null, a fraction, or another spelling")
	}
	return stamp, nil
}

func malformed(format string, arguments ...any) *Error {
	return &Error{"PK202", "the stamp " + fmt.Sprintf(format, arguments...)}
}

func (p *parser) version(whole object) {
	found, ok := whole["schema"].(integer)
	if !ok {
		p.fail("has no integer 'schema'")
		return
	}
	p.first = found == "1"
	if !p.first && found != schema {
		p.err = &Error{"PK203", fmt.Sprintf("the stamp has schema %.20s, this host reads schemas 1 and %s", string(found), schema)}
		return
	}
	if newer, ok := whole["minor"]; ok {
		number, ok := newer.(integer)
		if !ok || strings.HasPrefix(string(number), "-") || number == "0" {
			p.fail("has a 'minor' that is not a positive integer")
		}
		newest, err := strconv.ParseInt(string(number), 10, 64)
		p.lenient = !p.first && (err != nil || newest > minor)
	}
}

func (p *parser) stamp(whole object) *Stamp {
	found := &Stamp{
		Kind:         p.oneOf(whole, "kind", kinds),
		Name:         p.text(whole, "name"),
		Version:      p.text(whole, "version"),
		Language:     p.matching(whole, "language", language),
		Lock:         p.matching(whole, "lock", digest),
		Inputs:       p.matching(whole, "inputs", digest),
		Payload:      p.matching(whole, "payload", digest),
		Builder:      p.text(whole, "builder"),
		Toolchain:    p.texts(whole, "toolchain"),
		Capabilities: p.list(whole, "capabilities"),
		Contract:     p.contract(p.table(whole, "contract")),
	}
	for _, one := range p.objects(whole, "apis") {
		found.APIs = append(found.APIs, p.api(one))
	}
	p.optional(whole, found)
	known := members
	if !p.first {
		known = slices.Concat(members, optional)
	}
	p.refuseUnknown(whole, known)
	return found
}

// optional reads the members that not every stamp has.
func (p *parser) optional(whole object, into *Stamp) {
	if _, ok := whole["ignores"]; ok {
		for _, one := range p.objects(whole, "ignores") {
			into.Ignores = append(into.Ignores, p.ignore(one))
		}
	}
	if _, ok := whole["uses"]; ok {
		p.list(whole, "uses") // of a plugin: for whoever compares APIs, of which a Go host has one
	}
	if _, ok := whole["release"]; ok {
		into.Release = p.number(whole, "release", 1)
	}
	if _, ok := whole["trust"]; ok {
		into.Trust = p.trust(p.table(whole, "trust"))
	}
	into.Mode = "plugin"
	if _, ok := whole["mode"]; ok {
		into.Mode = p.oneOf(whole, "mode", modes)
	}
	if _, ok := whole["linked"]; ok {
		for _, one := range p.objects(whole, "linked") {
			into.Linked = append(into.Linked, p.linked(one))
		}
	}
}

func (p *parser) api(value object) API {
	p.refuseUnknown(value, apiMembers)
	return API{
		Name:    p.text(value, "name"),
		Version: p.text(value, "version"),
		Digest:  p.matching(value, "digest", content),
		Modules: p.list(value, "modules"),
		Surface: p.list(value, "surface"),
	}
}

func (p *parser) linked(value object) Linked {
	p.refuseUnknown(value, linkedMembers)
	return Linked{
		Name:         p.text(value, "name"),
		Version:      p.text(value, "version"),
		Capabilities: p.list(value, "capabilities"),
		Inputs:       p.matching(value, "inputs", digest),
	}
}

// contract reads what a host asks of all plugins, or a plugin was built to.
func (p *parser) contract(value object) Contract {
	known := contractMembers
	if !p.first {
		known = slices.Concat(contractMembers, versionMembers, callMembers, placeMembers)
	}
	p.refuseUnknown(value, known)
	found := p.asked(value)
	if _, ok := value["api"]; ok {
		found.API = p.text(value, "api")
	}
	if _, ok := value["apis"]; ok {
		for _, one := range p.objects(value, "apis") {
			p.refuseUnknown(one, slices.Concat(contractMembers, versionMembers[:1], callMembers, placeMembers))
			own := p.asked(one)
			own.API = p.text(one, "api")
			found.APIs = append(found.APIs, own)
		}
	}
	return found
}

func (p *parser) asked(value object) Contract {
	p.calls(value)
	sameLock, ok := value["same-lock"].(bool)
	if !ok {
		p.fail("has a 'same-lock' that is not a boolean")
	}
	return Contract{
		Factory:  p.text(value, "factory"),
		Symbols:  p.texts(value, "symbols"),
		Group:    p.text(value, "group"),
		Known:    p.list(value, "known"),
		Required: p.list(value, "required"),
		Policy:   p.oneOf(value, "policy", policies),
		SameLock: sameLock,
	}
}

// calls checks what only contracts for Python say.
func (p *parser) calls(value object) {
	if _, ok := value["kind"]; ok {
		p.oneOf(value, "kind", callKinds)
	}
	if _, ok := value["arguments"]; ok {
		p.list(value, "arguments")
	}
	if _, ok := value["may-install"]; ok {
		p.list(value, "may-install")
	}
	if _, ok := value["implements"]; ok {
		p.text(value, "implements")
	}
}

func (p *parser) ignore(value object) Ignore {
	p.refuseUnknown(value, ignoreMembers)
	found := Ignore{Rule: p.text(value, "rule"), Reason: p.text(value, "reason")}
	if _, ok := value["plugin"]; ok {
		found.Plugin = p.text(value, "plugin")
	}
	if _, ok := value["until"]; ok {
		found.Until = p.text(value, "until")
	}
	if found.Until != "" && !date.MatchString(found.Until) {
		p.fail("ignores something until %.80q, which is not a date", found.Until)
	}
	return found
}
