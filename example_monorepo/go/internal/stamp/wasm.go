package stamp

import (
	"bytes"
	"fmt"
	"slices"
)

// A WebAssembly module (Core Specification 2.0, 5.5) is a magic number, a version and sections, each an identifier, a size and so many
// bytes. Its stamp is the custom section pluginkit.stamp, and nothing comes behind it but the envelope, pluginkit.signature.
const (
	stampSection     = "pluginkit.stamp"
	signatureSection = "pluginkit.signature"
	moduleHeader     = "\x00asm\x01\x00\x00\x00"
	mostSections     = 4096
	longestNumber    = 5 // bytes of an unsigned number of 32 bits (LEB128)
)

// order is that of the sections that are not custom, each of which there is at most once.
var order = []byte{1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11}

// section is one of a module; the content of a custom one begins behind its name.
type section struct {
	at, start, end int
	name           string
}

// IsModule returns whether bytes begin as those of a WebAssembly module do. Split and Find read modules as they read objects.
func IsModule(data []byte) bool { return bytes.HasPrefix(data, []byte(moduleHeader[:4])) }

// splitModule returns a module without its envelope, and that; nil where nobody signed it.
func splitModule(data []byte) (image, envelope []byte, err error) {
	found, err := sections(data)
	if err != nil {
		return data, nil, err
	}
	image, stamped := data, false
	for _, one := range found {
		switch {
		case envelope != nil && one.name == signatureSection:
			return data, nil, fmt.Errorf("it has two envelopes")
		case envelope != nil:
			return data, nil, fmt.Errorf("it has a section behind its envelope")
		case one.name == signatureSection:
			if length := one.end - one.start; length == 0 || length > maxEnvelope {
				return data, nil, fmt.Errorf("its envelope has %d bytes, expected 1 to %d", length, maxEnvelope)
			}
			image, envelope = data[:one.at], data[one.start:one.end]
		case one.name == stampSection:
			stamped = true
		case stamped:
			return data, nil, fmt.Errorf("it has a section behind its stamp")
		}
		if err := one.refuseOtherSpelling(); err != nil {
			return data, nil, err
		}
	}
	return image, envelope, nil
}

// findInModule returns where the stamps of a module are; none of one that is damaged.
func findInModule(data []byte) (found []Span) {
	all, err := sections(data)
	if err != nil {
		return nil
	}
	for _, one := range all {
		if one.name == stampSection {
			found = append(found, Span{one.start, one.end})
		}
	}
	return found
}

func sections(data []byte) (found []section, err error) {
	if !bytes.HasPrefix(data, []byte(moduleHeader)) {
		return nil, fmt.Errorf("not a WebAssembly module of version 1")
	}
	last := -1
	for at := len(moduleHeader); at < len(data); {
		length, used, err := unsigned(data[at+1:], fmt.Sprintf("the size of its section at %d", at))
		if err != nil {
			return nil, err
		}
		one := section{at: at, start: at + 1 + used}
		if length > len(data)-one.start {
			return nil, fmt.Errorf("its section at %d would end at %d, and the file ends at %d: truncated?", at, one.start+length, len(data))
		}
		one.end = one.start + length
		if len(found) == mostSections {
			return nil, fmt.Errorf("it has more than %d sections", mostSections)
		}
		if data[at] == 0 {
			err = one.readName(data)
		} else {
			last, err = inOrder(data[at], at, last)
		}
		if err != nil {
			return nil, err
		}
		found, at = append(found, one), one.end
	}
	return found, nil
}

// readName reads the name of a custom section, as far as it can be one of ours.
func (s *section) readName(data []byte) error {
	length, used, err := unsigned(data[s.start:s.end], fmt.Sprintf("the name of its section at %d", s.at))
	if err != nil {
		return err
	}
	if length > s.end-s.start-used {
		return fmt.Errorf("its section at %d is shorter than its name", s.at)
	}
	name := data[s.start+used : s.start+used+length]
	s.name, s.start = string(name[:min(length, len(signatureSection)+1)]), s.start+used+length
	return nil
}

// inOrder returns the place of a section's kind in the order that they have.
func inOrder(kind byte, at, last int) (int, error) {
	place := slices.Index(order, kind)
	if place < 0 {
		return last, fmt.Errorf("its section at %d is of the unknown kind %d", at, kind)
	}
	if place <= last {
		return last, fmt.Errorf("its section at %d, of the kind %d, is there twice or out of order", at, kind)
	}
	return place, nil
}

// refuseOtherSpelling returns an error for a section of ours with numbers that are longer than they need to be: only one spelling is read.
func (s *section) refuseOtherSpelling() error {
	if s.name != stampSection && s.name != signatureSection {
		return nil
	}
	least := 1 + len(s.name)
	if s.start-s.at != 1+sizeOf(s.end-s.start+least)+least {
		return fmt.Errorf("the numbers of its section %s are not in their shortest form", s.name)
	}
	return nil
}

// unsigned returns the unsigned number that data begins with, and how many bytes it takes (LEB128, of 32 bits).
func unsigned(data []byte, what string) (value, used int, err error) {
	var found uint64
	for place := range longestNumber {
		if place >= len(data) {
			return 0, 0, fmt.Errorf("%s is cut off: truncated?", what)
		}
		found |= uint64(data[place]&127) << (7 * place)
		if data[place] < 128 && found>>32 == 0 && int(found) >= 0 { // an int may have 32 bits
			return int(found), place + 1, nil
		} else if data[place] < 128 {
			break
		}
	}
	return 0, 0, fmt.Errorf("%s is not a number of 32 bits", what)
}

// sizeOf returns how many bytes an unsigned number takes in its shortest form.
func sizeOf(value int) (size int) {
	for size = 1; value > 127; size++ {
		value >>= 7
	}
	return size
}
