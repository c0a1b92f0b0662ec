package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"acme/internal/loader"
	"acme/pluginapi"
)

type answer struct {
	status int
	err    error
	asked  *[]string
	name   string
}

func (a answer) Name() string { return a.name }

func (a answer) Handle(req *pluginapi.Request) (*pluginapi.Response, error) {
	*a.asked = append(*a.asked, a.name)
	return &pluginapi.Response{Status: a.status, Body: req.Body}, a.err
}

func TestPluginsAreAskedForWhatTheyCan(t *testing.T) {
	for _, test := range []struct {
		name   string
		filter answer
		status int
		asked  int
	}{
		{"filters come first", answer{status: 200, name: "z"}, 0, 2},
		{"a refusal is the end", answer{status: 403, name: "z"}, 1, 1},
		{"so is an error", answer{err: errors.New("no"), name: "z"}, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked []string
			test.filter.asked = &asked
			plugins := []loader.Plugin{
				{Name: "a", Capabilities: []string{"transform"}, Instance: answer{status: 200, name: "a", asked: &asked}},
				{Name: "idle", Instance: answer{status: 500, name: "idle", asked: &asked}},
				{Name: "z", Capabilities: []string{"filter"}, Instance: test.filter},
			}
			if status := handle(plugins, &pluginapi.Request{}); status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if len(asked) != test.asked || asked[0] != "z" {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

func TestAPluginThatIsNeverAskedIsNamed(t *testing.T) {
	plugins := []loader.Plugin{
		{Name: "a", Capabilities: []string{"transform"}},
		{Name: "b"},
		{Name: "c", Capabilities: []string{"metrics"}},
		{Name: "d", Capabilities: []string{"metrics", "filter"}},
	}
	if names := idle(plugins); !slices.Equal(names, []string{"b", "c"}) {
		t.Errorf("idle: %v", names)
	}
}

// What `pluginkit build` made last is what gets released.
func TestTheReleaseIsLoadedAndAsked(t *testing.T) {
	host, plugins := filepath.Join("..", "..", "dist", "bin", "host"), filepath.Join("..", "..", "dist", "plugins")
	if _, err := os.Stat(host); err != nil { // so a new release is another test to Go's cache, too
		t.Skip("no release here: `pluginkit build` makes one")
	}
	file := filepath.Join(t.TempDir(), "report.json")
	arguments := []string{"-report", file}
	if _, err := os.Stat(plugins); err == nil { // there is none where all plugins are linked into the host
		arguments = append(arguments, plugins)
	}
	output, err := exec.Command(host, arguments...).CombinedOutput()
	data, unread := os.ReadFile(file)
	if unread != nil {
		t.Fatalf("%v, %v\n%s", err, unread, output)
	}
	var report loader.Report
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	if !report.Stamped || !report.Complete() || len(report.Idle) > 0 {
		t.Errorf("not all of it is loaded and asked:\n%s", output)
	}
}
