package loader

import (
	"path/filepath"

	"acme/internal/gobinary"
	"acme/internal/stamp"
)

// candidate is one file, and what it is compared with.
type candidate struct {
	*loading
	name     string
	path     string
	mode     string           // by its file's name
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
	mode, name := modeOf(filepath.Base(path))
	c := &candidate{loading: l, name: name, path: path, mode: mode, binary: new(gobinary.Binary), readable: true}
	image, envelope, err := stamp.Split(data)
	if err != nil {
		c.cannotRead(err)
		return c
	}
	c.image = image
	var stamps []stamp.Span
	if l.stamp != nil && gobinary.IsProgram(image) {
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
	c.refuseOthers()
	if mode == modePlugin {
		c.linkage = c.link()
	}
	return c
}

// refuseOthers finds what no file of the candidate's mode is.
func (c *candidate) refuseOthers() {
	found, wanted := "a shared object", "a plugin"
	switch c.binary.Kind {
	case gobinary.Executable:
		found = "an executable"
	case gobinary.WebAssembly:
		found = "a WebAssembly module"
	default:
		if c.mode == modePlugin {
			found = wanted
		}
	}
	switch c.mode {
	case modeSubprocess:
		wanted = "an executable"
	case modeWasm:
		wanted = "a WebAssembly module"
	}
	if found != wanted {
		c.defects, c.readable = []Finding{{Code: "PK101", Message: found + ", not " + wanted}}, false
	}
	if c.binary.SearchPath != "" {
		c.defects = append(c.defects, Finding{
			Code: "PK102", Message: "searches libraries in a relative path", Found: c.binary.SearchPath,
		})
		c.readable = false
	}
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
