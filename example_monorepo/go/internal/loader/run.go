package loader

import (
	"log"
	"os"
	"sync"
	"time"
)

// Linked returns the names of the plugins that are a part of this host.
func Linked() (names []string) {
	for _, one := range linkedPlugins {
		names = append(names, one.name)
	}
	return names
}

// startLinked starts a plugin that is a part of this host: there is nothing to verify. The host's build did.
func (l *loading) startLinked(one *linkedPlugin) Result {
	started := time.Now()
	path, err := os.Executable()
	if err != nil {
		path = self()
	}
	judge := l.labelled(func(api string) bool { return api == one.api })
	result := Result{Path: path, Name: one.name, Mode: modeLinked, JudgedBy: judge}
	made := &Plugin{Name: one.name, Path: path, Mode: modeLinked, Capabilities: one.capabilities, API: one.api, Symbols: one}
	l.finish(&result, made, l.begin(made))
	l.opened.name(one.name, path)
	result.Findings = settle(result.Findings)
	result.Milliseconds = time.Since(started).Milliseconds()
	return result
}

// run starts verified bytes in an address space of their own, and makes the plugin's instance there.
func (c *candidate) run(name string) (*Plugin, []Finding) {
	watched := watch(Result{Path: c.path, Name: name, Mode: c.mode}, c.tell)
	made := &Plugin{Name: name, Path: c.path, Mode: c.mode, API: c.api(), watched: watched}
	running, err := runners[c.mode](c.name, c.image, limitsOf[c.name], watched.failed)
	var findings []Finding
	if err != nil {
		findings = []Finding{{Code: fatal, Message: "starting it: " + printable(err.Error()), Hint: mend}}
	} else {
		made.Symbols, made.session = running, running
		if findings = c.begin(made); len(findings) == 0 {
			running.Started()
		}
	}
	if findings = watched.decide(findings); len(findings) > 0 {
		made.close()
		return nil, findings
	}
	return made, nil
}

const mend = "correct its code and build it again"

// watched is what a runner says of one plugin: a finding while that is loaded, and then an event to log and to tell.
type watched struct {
	result Result // of the plugin, without findings
	tell   func(Result)
	said   chan struct{} // closed with the first thing that is said
	mutex  sync.Mutex
	early  []Finding
	runs   bool // it was loaded
}

// patience is how long a failure is waited for that explains what the host saw of it.
var patience = 250 * time.Millisecond

func watch(result Result, tell func(Result)) *watched {
	return &watched{result: result, tell: tell, said: make(chan struct{})}
}

// decide ends the time in which a failure stands against loading. It returns what does, or what that follows from: a call
// that a process does not answer returns before it is known how the process ended.
func (w *watched) decide(findings []Finding) []Finding {
	if len(findings) > 0 {
		select {
		case <-w.said:
		case <-time.After(patience):
		}
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.early) > 0 {
		return w.early
	}
	w.runs = len(findings) == 0
	return findings
}

// failed is what runners call.
func (w *watched) failed(code, message string, running bool) {
	findings := settle([]Finding{{Code: code, Message: printable(message), Hint: mend}})
	if w.isEarly(findings) {
		return
	}
	result := w.result
	result.Status, result.Findings = Failed, findings
	what := "failed"
	if running {
		result.Status, what = Loaded, "still runs"
	}
	result.logAs(what)
	if w.tell != nil {
		w.tell(result)
	}
}

// isEarly keeps what is said of a plugin that was not loaded yet, and returns whether it was not.
func (w *watched) isEarly(findings []Finding) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.runs {
		return false
	}
	if len(w.early) == 0 {
		close(w.said)
	}
	w.early = append(w.early, findings...)
	return true
}

// hasFailed returns whether a call failed whose results do not say so, or the plugin ended.
func (p *Plugin) hasFailed() bool {
	if p.watched == nil {
		return false
	}
	select {
	case <-p.watched.said:
		return true
	default:
		return false
	}
}

// Close ends a plugin that runs beside the host, which must not call it any more. Those that share the host's memory stay.
func (p Plugin) Close() error {
	if p.session == nil {
		return nil
	}
	return p.session.Close()
}

// close ends a plugin, and logs where that fails.
func (p Plugin) close() {
	if err := p.Close(); err != nil {
		log.Printf("%s did not end: %s", printable(p.Path), printable(err.Error()))
	}
}

// Close ends all plugins that run beside the host, at its end.
func Close(plugins []Plugin) {
	var closing sync.WaitGroup
	for _, plugin := range plugins {
		closing.Add(1)
		go func() {
			defer closing.Done()
			plugin.close()
		}()
	}
	closing.Wait()
}
