package exchange

import (
	"github.com/hashicorp/go-plugin"

	"pluginkit/running/crossing"
)

// Name is what the plugin's process serves, in the words of go-plugin.
const Name = "pluginkit"

// The descriptors of the plugin's process, beside its standard ones. What it prints while it starts is output, and no handshake.
const (
	Lifeline  = 3 // is at its end when the host has ended
	Handshake = 4 // takes the line by which the host finds the plugin
)

// Config is what both ends have to agree on before anything else.
var Config = plugin.HandshakeConfig{
	ProtocolVersion:  crossing.Version,
	MagicCookieKey:   "PLUGINKIT_PLUGIN",
	MagicCookieValue: "started-by-its-host",
}

// Variables are those of the handshake. Neither the plugin's code nor what it starts needs them.
var Variables = []string{
	Config.MagicCookieKey,
	"PLUGIN_MIN_PORT",
	"PLUGIN_MAX_PORT",
	"PLUGIN_PROTOCOL_VERSIONS",
	"PLUGIN_CLIENT_CERT",
	"PLUGIN_MULTIPLEX_GRPC",
	plugin.EnvUnixSocketDir,
	plugin.EnvUnixSocketGroup,
}
