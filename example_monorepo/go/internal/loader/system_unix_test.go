//go:build unix

package loader

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestNobodyWaitsForThePipeOfAStranger(t *testing.T) {
	directory := t.TempDir()
	for _, one := range suffixes {
		if err := syscall.Mkfifo(filepath.Join(directory, "pipe"+one.suffix), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, report := load(t, directory, "")
	for _, result := range report.Plugins {
		want(t, result, Refused, "PK101", "not a regular file")
	}
	if len(report.Plugins) != len(suffixes) {
		t.Errorf("%d results, want %d", len(report.Plugins), len(suffixes))
	}
}
