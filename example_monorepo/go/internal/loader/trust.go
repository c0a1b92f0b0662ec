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

// imageOf returns what of a file is opened: nothing of one whose envelope is damaged.
func imageOf(data []byte) []byte {
	image, _, _ := stamp.Split(data)
	return image
}

// authenticate finds who signed a plugin's stamp, where the host asks for that. It withholds what none of its keys signed
// from all that parses: neither its stamp is read then, nor the object that it is in.
func (c *candidate) authenticate(found []stamp.Span, envelope []byte) {
	trust := c.trust()
	if trust == nil {
		return
	}
	if len(found) != 1 {
		unsigned := signature.Objection{Code: "PK601", Message: "nobody signed it, as it has no stamp", Expected: signature.Names(trust.Keys)}
		c.defects, c.withheld = append(notOne(found), objected(&unsigned)), true
		return
	}
	signers, objection := signature.Authenticate(c.image[found[0].Start:found[0].End], envelope, trust.Keys)
	if objection != nil {
		c.defects, c.withheld = []Finding{objected(objection)}, true
	}
	c.signers = signers
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
