package loader

import (
	"encoding/json"
	"math"
	"os"
)

const (
	probing  = "PLUGINKIT_PROBE"       // the variable that names the file a child process opens
	opening  = "PLUGINKIT_PROBE_OPENS" // the variable that is set where nothing is looked up in that file
	answer   = ".json"                 // what the child found lies beside that file
	lifeline = 3                       // the descriptor that ends when the host ends
)

// Probe returns the option to open each plugin in a child process first, and to skip one that ends the child or hangs:
// it would do that to the host. Init and New are not called there.
//
// The child is this very program, started once more with the same arguments; in it, Probe does not return. So call it
// first in main, before anything is opened, bound or printed, whether Load is then given the option or not.
func Probe() Option {
	if path := os.Getenv(probing); path != "" {
		openInChild(path)
	}
	return func(l *loading) { l.prober = newProber(l.private) }
}

// openInChild opens a file, writes down what is wrong with it, and ends this process.
func openInChild(path string) {
	onlyOpens := os.Getenv(opening) != ""
	for _, name := range []string{probing, opening, traceback} {
		os.Unsetenv(name) // the plugin may start processes of its own
	}
	go endWithHost()
	var findings []Finding
	// The host looks at the clock.
	opened, err := inTime(math.MaxInt64, func() (Lookup, error) { return openObject(path) })
	if err != nil {
		if findings = unopened(err); isUnopened(findings) {
			findings = nil // plugins before it may bring what this one needs, and the host is told the same
		}
	} else if !onlyOpens {
		_, findings = lookUp(opened)
	}
	data, err := json.Marshal(findings)
	if err == nil {
		err = os.WriteFile(path+answer, data, 0o600)
	}
	if err != nil {
		println("the probe cannot answer:", err.Error())
	}
	os.Exit(0)
}

// endWithHost ends this process, and those that a plugin started, when the host has ended.
func endWithHost() {
	keepFromChildren(lifeline)
	os.NewFile(lifeline, "lifeline").Read(make([]byte, 1))
	killGroup(os.Getpid())
	os.Exit(1)
}
