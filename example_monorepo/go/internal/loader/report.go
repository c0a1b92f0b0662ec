package loader

import (
	"log"
	"slices"
)

// Report tells what became of each plugin that is linked into the host, and of each file in the plugins' directory. As JSON
// it is for machines: its version is raised when a field changes its meaning.
type Report struct {
	Version int      `json:"version"`
	Stamped bool     `json:"stamped"` // the host has a stamp, so stamps were compared
	Plugins []Result `json:"plugins"`
	Idle    []string `json:"idle,omitempty"` // names of those that the host loaded and never asks; for it to say
}

// Result is what became of one plugin.
type Result struct {
	Path         string    `json:"path"` // of the host itself where it is linked
	Name         string    `json:"name"`
	Mode         string    `json:"mode"` // plugin, linked, subprocess or wasm
	Status       Status    `json:"status"`
	Findings     []Finding `json:"findings"`
	Milliseconds int64     `json:"milliseconds"`
	JudgedBy     string    `json:"judged_by,omitempty"` // the API, with its version, where the host has several
}

// Status is how loading a plugin ended.
type Status string

const (
	Loaded  Status = "loaded"  // it runs
	Refused Status = "refused" // none of its code ran for this host
	Failed  Status = "failed"  // it was opened or started, and then something of its own went wrong
)

// Finding is one reason. The codes are pluginkit's; `pluginkit explain CODE` has a page on each.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
	Found    string   `json:"found,omitempty"`
	Expected string   `json:"expected,omitempty"`
	Details  []string `json:"details,omitempty"`
}

// Severity says whether a finding stands against loading.
type Severity string

const (
	Error   Severity = "error" // also where a finding names none
	Warning Severity = "warning"
)

// hints say what mends most findings of a code.
var hints = map[string]string{
	"PK101": "copy or build the file again, or remove it from the directory",
	"PK102": "link it without a relative search path, and build it again",
	"PK104": "build it again, and edit nothing afterwards",
	"PK105": "build it again, and do not edit its stamp",
	"PK201": "build it with `pluginkit build`",
	"PK202": "build it with `pluginkit build`",
	"PK203": "build host and plugins with one pluginkit",
	"PK204": "build it with `pluginkit build`",
	"PK301": "build it again from the host's checkout",
	"PK302": "build it again from the host's checkout",
	"PK303": "build it again from the host's checkout",
	"PK401": "build it with the host's Go",
	"PK402": "build it with the host's flags, as `pluginkit build` does",
	"PK403": "build it where the host runs",
	"PK404": "in the plugin's module, require what the host has: see `go get`",
	"PK405": "build host and plugin from one checkout",
	"PK406": "build host and plugin from one commit",
	"PK407": "install the library on this machine",
	"PK408": "build it on the system that the host runs on, or on an older one",
	"PK409": "link the library that defines it: `#cgo LDFLAGS: -l...`",
	"PK410": "compile its C code without -ftls-model=initial-exec",
	"PK411": "build it without -ldflags=-pluginpath=...",
	"PK412": "see `pluginkit explain PK412`",
	"PK501": "export it: the host calls it",
	"PK502": "see [contract.symbols] in pluginkit.toml",
	"PK413": "build it with the host's version, or read what changed between the two",
	"PK504": "see capabilities in pluginkit.toml",
	"PK505": "remove one of the two",
	"PK507": "remove it from the directory",
	"PK508": mend,
	"PK601": "build it with a trusted key: `pluginkit build --sign-with KEY`",
	"PK602": "copy it again from where it was signed, or build and sign it again",
	"PK603": "have it signed by a key that may (see [trust] in the host's pluginkit.toml), or take a later release",
}

// settle fills in what a finding leaves to its code. The list is never nil: JSON shows an empty one.
func settle(findings []Finding) []Finding {
	settled := make([]Finding, 0, len(findings))
	for _, finding := range findings {
		if finding.Severity == "" {
			finding.Severity = Error
		}
		if finding.Hint == "" {
			finding.Hint = hints[finding.Code]
		}
		settled = append(settled, finding)
	}
	return settled
}

// refuse reports whether findings stand against loading.
func refuse(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(finding Finding) bool { return finding.Severity != Warning })
}

// add logs a result, and keeps it.
func (r *Report) add(one Result) {
	what := "skip"
	if one.Status == Loaded {
		what = "loaded"
	}
	one.logAs(what)
	r.Plugins = append(r.Plugins, one)
}

// logAs writes a line for each finding.
func (r Result) logAs(what string) {
	subject := r.Path
	if r.Mode == modeLinked {
		subject = r.Name + ", which is linked into the host"
	}
	for _, finding := range r.Findings {
		log.Printf("%s %s: %s %s (%s)", what, printable(subject), finding.Code, printable(finding.Message), printable(finding.Hint))
	}
}

// Complete reports whether every plugin was loaded.
func (r Report) Complete() bool {
	return !slices.ContainsFunc(r.Plugins, func(result Result) bool { return result.Status != Loaded })
}
