"""Go: a plugin's module brought in step with a host, by what the host's build information says."""
