package stamp

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
)

// Envelope is a payload, what it is, and who signed it: DSSE 1.0 (https://github.com/secure-systems-lab/dsse).
type Envelope struct {
	PayloadType string
	Payload     []byte
	Signatures  []Signature
}

// Signature is what one key made of an envelope's payload.
type Signature struct {
	KeyID string // a hint which key to try, and nothing that is signed
	Value []byte
}

const (
	maxEnvelope    = 3 << 20 // the largest stamp in base64, twice over
	mostSignatures = 16
	signatureSize  = 64
	frameSize      = 8 + 16 // behind an envelope: how many bytes it has, and the mark
)

var keyID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// mark is what a file with an envelope ends with. It is put together here so that this program does not contain it.
func mark() []byte { return append([]byte{0xff}, "pluginkit sig 1"...) }

// Split returns the image that a file begins with, and the envelope behind that; nil where nobody signed it. Nothing maps
// what lies behind an image, and no digest covers it. With an error there is no telling the two apart.
func Split(data []byte) (image, envelope []byte, err error) {
	if IsModule(data) {
		return splitModule(data)
	}
	end := len(data) - frameSize
	if end < 0 || !bytes.HasSuffix(data, mark()) {
		return data, nil, nil
	}
	length := binary.LittleEndian.Uint64(data[end:])
	if length == 0 || length > uint64(min(maxEnvelope, end)) {
		return data, nil, fmt.Errorf("it ends like a signed file, but the envelope would have %d bytes: truncated?", length)
	}
	image, envelope = data[:end-int(length)], data[end-int(length):end]
	if bytes.HasSuffix(image, mark()) {
		return data, nil, errors.New("it has two envelopes")
	}
	return image, envelope, nil
}

// ParseEnvelope reads an envelope in its one spelling: canonical JSON, with the signatures in the order of their keys.
func ParseEnvelope(data []byte) (*Envelope, error) {
	if len(data) > maxEnvelope {
		return nil, fmt.Errorf("it has more than the %d bytes that are read", maxEnvelope)
	}
	value, err := readJSON(data)
	if err != nil {
		return nil, fmt.Errorf("it is not JSON in UTF-8: %w", err)
	}
	whole, _ := value.(object)
	found, err := envelope(whole)
	if err != nil {
		return nil, err
	}
	if spelled, err := canonical(nil, whole); err != nil || string(spelled) != string(data) {
		return nil, errors.New("it is not in canonical form (RFC 8785): a key twice, or another spelling")
	}
	return found, nil
}

func envelope(whole object) (*Envelope, error) {
	kind, isText := whole["payloadType"].(string)
	signatures, isArray := whole["signatures"].(array)
	if !isText || !isArray || len(whole) != 3 {
		return nil, errors.New("it is not an object of payload, payloadType and signatures")
	}
	if len(signatures) == 0 || len(signatures) > mostSignatures {
		return nil, fmt.Errorf("it has not 1 to %d signatures", mostSignatures)
	}
	for at := range len(kind) {
		if kind[at] >= 0x80 {
			return nil, errors.New("its payloadType is not a text in ASCII")
		}
	}
	payload, err := fromBase64(whole["payload"], "payload")
	if err != nil {
		return nil, err
	}
	found := &Envelope{PayloadType: kind, Payload: payload}
	for at, one := range signatures {
		made, err := signature(one)
		if err != nil {
			return nil, err
		}
		if at > 0 && made.KeyID <= found.Signatures[at-1].KeyID {
			return nil, errors.New("it has two signatures of one key, or not in the order of their keys")
		}
		found.Signatures = append(found.Signatures, made)
	}
	return found, nil
}

func signature(value any) (made Signature, err error) {
	parts, _ := value.(object)
	id, _ := parts["keyid"].(string)
	if len(parts) != 2 || !keyID.MatchString(id) {
		return made, errors.New("a signature is not an object of keyid, 64 lower-case hex digits, and sig")
	}
	made.KeyID = id
	if made.Value, err = fromBase64(parts["sig"], "sig"); err != nil {
		return made, err
	}
	if len(made.Value) != signatureSize {
		return made, fmt.Errorf("a signature has %d bytes, expected %d", len(made.Value), signatureSize)
	}
	return made, nil
}

func fromBase64(value any, what string) ([]byte, error) {
	text, isText := value.(string)
	found, err := base64.StdEncoding.DecodeString(text)
	if !isText || err != nil || base64.StdEncoding.EncodeToString(found) != text {
		return nil, fmt.Errorf("its %s is not base64", what)
	}
	return found, nil
}
