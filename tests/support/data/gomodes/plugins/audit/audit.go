// Audit asks the host for settings and files, logs, and fails in the ways of the API.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"acme/pluginapi"
)

var settings struct {
	host   pluginapi.Host
	forbid string
}

// Init takes the settings over.
func Init(host pluginapi.Host) error {
	settings.host, settings.forbid = host, host.Setting("audit.forbid")
	host.Logf("audit: forbids %q", settings.forbid)
	return nil
}

// New returns the plugin.
func New() pluginapi.Plugin { return audit{} }

type audit struct{}

func (audit) Name() string { return "audit" }

func (audit) Handle(req *pluginapi.Request) (*pluginapi.Response, error) {
	host := settings.host
	host.Logf("%s: %d bytes, %v, %t, %.3f, %q, %x, %v", req.ID, len(req.Body), pluginapi.Level(len(req.Body)), len(req.Body)%2 == 0,
		float64(len(req.Body))/3, "a\tb", []byte{1, 0xfe}, pluginapi.Verdict{Reasons: []string{"one"}})
	host.Logf("no arguments: 100%%")
	host.Logf("nil and an error: %v, %v", nil, pluginapi.ErrRefused)
	forbidden := host.Setting("audit.forbid")
	switch body := string(req.Body); {
	case forbidden != "" && strings.Contains(body, forbidden):
		return nil, fmt.Errorf("audit: %s: %w", req.ID, pluginapi.ErrRefused)
	case len(body)%7 == 3:
		return nil, &pluginapi.Problem{Field: req.ID, Code: len(body), Detail: []string{"odd", body}}
	case len(body)%7 == 5:
		return &pluginapi.Response{Status: 204}, nil
	}
	return &pluginapi.Response{Status: 200, Body: append([]byte("audited: "), req.Body...)}, nil
}

// NewAuditor returns what else this plugin can, for a host that offers files.
func NewAuditor(files pluginapi.Files) (pluginapi.Auditor, error) {
	if files == nil {
		return nil, pluginapi.ErrUnknown
	}
	files.Logf("an auditor is made: %v", files.Setting("audit.forbid"))
	return &auditor{files}, nil
}

type auditor struct{ files pluginapi.Files }

func (a *auditor) Check(ctx context.Context, req *pluginapi.Request, view pluginapi.View) (pluginapi.Verdict, error) {
	if req == nil {
		return pluginapi.Verdict{}, errors.New("no request")
	}
	verdict := pluginapi.Verdict{Took: time.Duration(len(req.Body)) * time.Millisecond}
	for _, key := range []string{"allow", "deny", req.ID} {
		value, found := view.Find(key)
		verdict.Reasons = append(verdict.Reasons, fmt.Sprintf("%s=%s/%t", key, value, found))
	}
	data, err := a.files.Fetch(ctx, req.ID)
	if errors.Is(err, pluginapi.ErrUnknown) {
		verdict.Reasons = append(verdict.Reasons, "unknown: "+err.Error())
		return verdict, fmt.Errorf("check %s: %w", req.ID, err)
	}
	if err != nil {
		return verdict, err
	}
	entry := pluginapi.Entry{Key: req.ID, Amount: int64(len(data)), Tags: []string{}, Parent: &pluginapi.Entry{Key: "parent"}}
	if err := view.Emit(entry); err != nil {
		var problem *pluginapi.Problem
		return verdict, fmt.Errorf("emit (a problem: %t): %w", errors.As(err, &problem), err)
	}
	verdict.Allowed = true
	return verdict, nil
}

// Wait returns when the context ends, or the time is over.
func (a *auditor) Wait(ctx context.Context, most time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(most):
		return nil
	}
}

// Until returns whether the context has a deadline that lies ahead.
func (a *auditor) Until(ctx context.Context) (bool, error) {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) > 0, ctx.Err()
}

func (a *auditor) Describe(values ...any) string {
	texts := []string{fmt.Sprintf("%d:", len(values))}
	for _, value := range values {
		texts = append(texts, fmt.Sprintf("%v", value))
	}
	return strings.Join(texts, " ")
}

func (a *auditor) Fails(how string) error {
	switch how {
	case "sentinel":
		return pluginapi.ErrUnknown
	case "wrapped":
		return fmt.Errorf("twice: %w", fmt.Errorf("once: %w", pluginapi.ErrRefused))
	case "joined":
		return errors.Join(pluginapi.ErrRefused, pluginapi.ErrUnknown)
	case "problem":
		return &pluginapi.Problem{Field: "how", Code: -1}
	case "context":
		return context.DeadlineExceeded
	case "own":
		return errors.New("an error of its own: é\n")
	}
	return nil
}

func main() {} // nobody calls that of a plugin; `go build ./...` and editors want it to be there
