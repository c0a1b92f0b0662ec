"""From Go sources to stamped hosts and plugins: everything here needs the `go` command."""
