package loader

// Report tells what became of each file in the plugins' directory. As JSON it is for machines: its version is raised
// when a field changes its meaning.
type Report struct {
	Version int      `json:"version"`
	Stamped bool     `json:"stamped"` // the host has a stamp, so stamps were compared
	Plugins []Result `json:"plugins"`
}

// Result is what became of one file.
type Result struct {
	Path         string    `json:"path"`
	Name         string    `json:"name"`
	Status       Status    `json:"status"`
	Findings     []Finding `json:"findings"`
	Milliseconds int64     `json:"milliseconds"`
}

// Status is how loading a file ended.
type Status string

const (
	Loaded  Status = "loaded"  // it runs
	Refused Status = "refused" // none of its code ran in this process
	Failed  Status = "failed"  // it was opened, and then something of its own went wrong
)

// Finding is one reason. The codes are pluginkit's; `pluginkit explain CODE` has a page on each.
type Finding struct {
	Code     string   `json:"code"`
	Severity string   `json:"severity"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
	Found    string   `json:"found,omitempty"`
	Expected string   `json:"expected,omitempty"`
	Details  []string `json:"details,omitempty"`
}

// complete fills in what nearly all findings have alike.
func (f *Finding) complete() {
	f.Severity = "error"
	if f.Hint == "" {
		f.Hint = "rebuild it with `pluginkit build`; `pluginkit explain " + f.Code + "` tells more"
	}
}

// Complete tells whether every plugin was loaded.
func (r Report) Complete() bool {
	for _, result := range r.Plugins {
		if result.Status != Loaded {
			return false
		}
	}
	return true
}
