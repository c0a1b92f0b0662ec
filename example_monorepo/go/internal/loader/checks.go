package loader

import "strings"

// check is one reason for which a plugin is refused, or warned of. pluginkit has a page on each code.
type check struct {
	code string
	find func(*candidate) []Finding // the findings need no code
}

// opens returns the check for those alone that are opened into the host's memory, where they share its packages.
func opens(find func(*candidate) []Finding) func(*candidate) []Finding {
	return func(c *candidate) []Finding {
		if c.mode != modePlugin {
			return nil
		}
		return find(c)
	}
}

// checks are those of `pluginkit verify`, in its order. Of what cannot be read only the first two say anything.
var checks = []check{
	{"PK101", defect("PK101")},
	{"PK102", defect("PK102")},
	{"PK104", otherPayload},
	{"PK105", otherLanguage},
	{"PK105", otherKind},
	{"PK105", otherMode},
	{"PK105", otherGoVersion},
	{"PK105", otherTags},
	{"PK201", defect("PK201")},
	{"PK202", defect("PK202")},
	{"PK203", defect("PK203")},
	{"PK204", defect("PK204")},
	{"PK301", foreignAPI},
	{"PK301", noAPI},
	{"PK302", apiVersion},
	{"PK303", apiDigest},
	{"PK401", opens(toolchain)},
	{"PK402", hostCannotRun},
	{"PK402", opens(hostCannotOpen)},
	{"PK402", opens(buildFlags)},
	{"PK403", defect("PK403")},
	{"PK403", platform},
	{"PK404", opens(dependency)},
	{"PK405", opens(packagesOfHost)},
	{"PK405", opens(packagesBeside)},
	{"PK406", otherLock},
	{"PK411", opens(pluginPath)},
	{"PK412", opens(hostLinking)},
	{"PK412", opens(testedHost)},
	{"PK413", opens(moduleVersion)},
	{"PK501", missingSymbols},
	{"PK502", otherTypes},
	{"PK504", missingCapability},
	{"PK504", unknownCapability},
	{"PK505", loadedBefore},
	{"PK507", opens(fatalLoad)},
	{"PK507", opens(fatalFactory)},
	{"PK601", defect("PK601")},
	{"PK602", defect("PK602")},
	{"PK603", defect("PK603")},
	{"PK603", unauthorized},
}

const lastUnreadable = "PK102"

// isPlugin returns whether it passes for a plugin: what is wrong with others is said of their kind.
func (c *candidate) isPlugin() bool { return c.stamp == nil || c.stamp.Kind == "plugin" }

// findings returns all that stands against a candidate.
func (c *candidate) findings() (found []Finding) {
	for _, check := range checks {
		if !c.readable && check.code > lastUnreadable {
			break
		}
		if c.isForeign() && followsFromPlatform(check.code) {
			continue
		}
		for _, one := range check.find(c) {
			one.Code = check.code
			found = append(found, one)
		}
	}
	return settle(found)
}

// defect returns the check that reports what only reading the bytes could tell.
func defect(code string) func(*candidate) []Finding {
	return func(c *candidate) (found []Finding) {
		for _, one := range c.defects {
			if one.Code == code {
				found = append(found, one)
			}
		}
		return found
	}
}

func otherPayload(c *candidate) []Finding {
	if c.stamp == nil || c.payload == c.stamp.Payload {
		return nil
	}
	return []Finding{{Message: "its bytes are not those that were stamped", Found: c.payload, Expected: c.stamp.Payload}}
}

// contradicts reports where the stamp tells another thing than the binary.
func (c *candidate) contradicts(what string, stamped func() string, found string) []Finding {
	if c.stamp == nil || stamped() == found {
		return nil
	}
	return []Finding{{Message: "its stamp names another " + what + " than the binary", Found: stamped(), Expected: found}}
}

func otherLanguage(c *candidate) []Finding {
	return c.contradicts("language", func() string { return c.stamp.Language }, "go")
}

// otherKind compares with what the file is; an executable or a module can be a plugin by its mode.
func otherKind(c *candidate) []Finding {
	kind := c.binary.Kind
	if c.mode != modePlugin {
		kind = "plugin"
	}
	return c.contradicts("kind", func() string { return c.stamp.Kind }, kind)
}

func otherMode(c *candidate) []Finding {
	if !c.isPlugin() {
		return nil
	}
	return c.contradicts("mode", func() string { return c.stamp.Mode }, c.mode)
}

func otherGoVersion(c *candidate) []Finding {
	return c.contradicts("Go version", func() string { return c.stamp.Toolchain["go"] }, c.binary.GoVersion)
}

func otherTags(c *candidate) []Finding {
	return c.contradicts("set of tags", func() string { return c.stamp.Toolchain["tags"] }, c.binary.Settings["-tags"])
}

// isForeign returns whether it is a plugin for another platform than the host's. A module is for all.
func (c *candidate) isForeign() bool {
	return c.binary.Kind != "" && c.mode != modeWasm && c.isPlugin() && c.binary.Platform != c.self.Platform
}

// followsFromPlatform returns whether a code says of a foreign plugin what its platform explains: all that is hashed
// differs there, and it does not take the place of the plugin of its name for this one.
func followsFromPlatform(code string) bool {
	return code == "PK303" || code == "PK505" || code != "PK403" && strings.HasPrefix(code, "PK4")
}

func platform(c *candidate) []Finding {
	if !c.isForeign() {
		return nil
	}
	return []Finding{{Message: "built for another platform", Found: c.binary.Platform, Expected: c.self.Platform}}
}
