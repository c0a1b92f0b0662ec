package loader

import (
	"path/filepath"
	"strings"

	"acme/internal/gobinary"
	"acme/internal/stamp"
)

// check is one reason for which a plugin is refused, or warned of. pluginkit has a page on each code.
type check struct {
	code string
	find func(*candidate) []Finding // the findings need no code
}

// checks are those of `pluginkit verify`, in its order. Of what cannot be read only the first two say anything.
var checks = []check{
	{"PK101", defect("PK101")},
	{"PK102", defect("PK102")},
	{"PK104", otherPayload},
	{"PK105", otherLanguage},
	{"PK105", otherKind},
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
	{"PK401", toolchain},
	{"PK402", hostCannotOpen},
	{"PK402", buildFlags},
	{"PK403", defect("PK403")},
	{"PK403", platform},
	{"PK404", dependency},
	{"PK405", packagesOfHost},
	{"PK405", packagesBeside},
	{"PK406", otherLock},
	{"PK411", pluginPath},
	{"PK412", hostLinking},
	{"PK412", testedHost},
	{"PK413", moduleVersion},
	{"PK501", missingSymbols},
	{"PK502", otherTypes},
	{"PK504", missingCapability},
	{"PK504", unknownCapability},
	{"PK505", loadedBefore},
	{"PK507", fatalLoad},
	{"PK507", fatalFactory},
	{"PK601", defect("PK601")},
	{"PK602", defect("PK602")},
	{"PK603", defect("PK603")},
	{"PK603", unauthorized},
}

const lastUnreadable = "PK102"

// candidate is one file, and what it is compared with.
type candidate struct {
	*loading
	name     string
	path     string
	binary   *gobinary.Binary // empty where it could not be read
	stamp    *stamp.Stamp     // nil where it has none, or one that could not be read
	image    []byte           // without an envelope behind it
	signers  []stamp.Key      // who signed its stamp, of those whom the host trusts
	payload  string           // recomputed
	defects  []Finding        // what only reading it could tell
	readable bool             // false where its bytes cannot be trusted to mean one thing
	linkage  *linkage
}

// inspect reads a plugin, and runs none of it.
func (l *loading) inspect(path string, data []byte) *candidate {
	file := strings.TrimSuffix(filepath.Base(path), suffix)
	c := &candidate{loading: l, name: file, path: path, binary: new(gobinary.Binary), readable: true}
	image, envelope, err := stamp.Split(data)
	if err != nil {
		c.cannotRead(err)
		return c
	}
	c.image = image
	var stamps []stamp.Span
	if l.stamp != nil && gobinary.IsObject(image) {
		stamps = stamp.Find(image)
		if !c.authenticate(stamps, envelope) {
			return c
		}
	}
	binary, err := gobinary.Read(image)
	if err != nil {
		c.cannotRead(err)
		return c
	}
	c.binary = binary
	if l.stamp != nil {
		c.readStamp(stamps)
	}
	if binary.Kind == gobinary.Executable {
		c.defects, c.readable = []Finding{{Code: "PK101", Message: "an executable, not a plugin"}}, false
	}
	if binary.SearchPath != "" {
		c.defects = append(c.defects, Finding{
			Code: "PK102", Message: "searches libraries in a relative path", Found: binary.SearchPath,
		})
		c.readable = false
	}
	c.linkage = c.link()
	return c
}

func (c *candidate) cannotRead(err error) {
	code := "PK101"
	if damage, ok := err.(*gobinary.Error); ok {
		code = damage.Code
	}
	c.readable = code > lastUnreadable
	c.defects = []Finding{{Code: code, Message: "cannot be read: " + err.Error()}}
}

func (c *candidate) readStamp(found []stamp.Span) {
	if c.defects = notOne(found); len(c.defects) > 0 {
		return
	}
	read, err := stamp.Parse(c.image[found[0].Start:found[0].End])
	if err != nil {
		c.defects = []Finding{{Code: err.Code, Message: err.Message}}
		return
	}
	c.stamp, c.name, c.payload = read, read.Name, stamp.Payload(c.image, found[0])
}

// notOne reports where there is not just one stamp.
func notOne(found []stamp.Span) []Finding {
	switch len(found) {
	case 0:
		return []Finding{{Code: "PK201", Message: "no stamp: nothing says which API it was built against"}}
	case 1:
		return nil
	}
	return []Finding{{Code: "PK204", Message: "more than one stamp"}}
}

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

func otherKind(c *candidate) []Finding {
	return c.contradicts("kind", func() string { return c.stamp.Kind }, c.binary.Kind)
}

func otherGoVersion(c *candidate) []Finding {
	return c.contradicts("Go version", func() string { return c.stamp.Toolchain["go"] }, c.binary.GoVersion)
}

func otherTags(c *candidate) []Finding {
	return c.contradicts("set of tags", func() string { return c.stamp.Toolchain["tags"] }, c.binary.Settings["-tags"])
}

// isForeign returns whether it is a plugin for another platform than the host's.
func (c *candidate) isForeign() bool {
	return c.binary.Kind != "" && c.isPlugin() && c.binary.Platform != c.self.Platform
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
