package main

import (
	"errors"
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
