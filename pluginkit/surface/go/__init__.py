"""Surfaces of Go packages: lines taken apart, compared as golang.org/x/exp/apidiff does, and what plugins use."""
