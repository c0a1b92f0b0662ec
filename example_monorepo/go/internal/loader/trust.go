package loader

import (
	"acme/internal/signature"
	"acme/internal/stamp"
)

// trust returns whose signatures the host accepts, nil where it asks for none.
func (l *loading) trust() *stamp.Trust {
	if l.stamp == nil {
		return nil
	}
	return l.stamp.Trust
}

// imageOf returns what of a file is opened.
func imageOf(data []byte) []byte {
	image, _, _ := stamp.Split(data)
	return image
}

// authenticate finds who signed a plugin's stamp, where the host asks for that. It returns false for what none of its keys
// signed: then neither the stamp is parsed nor the object that it is in, and what is found in nothing is nothing.
func (c *candidate) authenticate(found []stamp.Span, envelope []byte) bool {
	trust := c.trust()
	if trust == nil {
		return true
	}
	if len(found) != 1 {
		expected := signature.Names(trust.Keys)
		unsigned := Finding{Code: "PK601", Message: "nobody signed it, as it has no stamp", Expected: expected}
		c.defects = append(notOne(found), unsigned)
		return false
	}
	signers, objection := signature.Authenticate(c.image[found[0].Start:found[0].End], envelope, trust.Keys)
	if objection != nil {
		c.defects = []Finding{objected(objection)}
		return false
	}
	c.signers = signers
	return true
}

func objected(to *signature.Objection) Finding {
	return Finding{Code: to.Code, Message: to.Message, Found: to.Found, Expected: to.Expected}
}

func unauthorized(c *candidate) []Finding {
	if c.trust() == nil || c.stamp == nil {
		return nil
	}
	objection := signature.Authorize(c.signers, c.trust(), c.stamp.Name, c.stamp.Release, today())
	if objection == nil {
		return nil
	}
	return []Finding{objected(objection)}
}
