//go:build race && linux

package subprocess

func init() { racing = true }
