package loader

// What this host has of other modes than plugin. `pluginkit build` compiles the real one in place of this file; a host of
// plain `go build` opens .so files and no others.

// linkedPlugins are compiled into this host.
var linkedPlugins []linkedPlugin

// runners run plugins that have an address space of their own, by mode.
var runners = map[string]runner{}

// limitsOf is what the configuration grants to plugins that a runner runs, by their names.
var limitsOf = map[string]limits{}
