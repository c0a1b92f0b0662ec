package main

import (
	"fmt"
	"go/types"
	"path"
	"strconv"
	"strings"
)

// test is a test of what the first function that can be called gives.
func (s *starter) test(scope *types.Scope) string {
	for _, name := range names(s.Symbols) {
		signature, is := scope.Lookup("contract" + name).Type().(*types.Signature)
		if !is || signature.Params().Len() > 0 || signature.Results().Len() != 1 {
			continue
		}
		result := signature.Results().At(0).Type()
		if s.stubOf(result) < 0 {
			continue
		}
		object, _, _ := types.LookupFieldOrMethod(result, false, nil, "Name")
		if method, is := object.(*types.Func); is && isName("Name", method.Type().(*types.Signature)) {
			return fmt.Sprintf(testOfName, name, s.Name)
		}
		return fmt.Sprintf(testOfResult, name)
	}
	return ""
}

const (
	testOfName = `package main

import "testing"

func TestItHasItsName(t *testing.T) {
	if name := %s().Name(); name != %q {
		t.Errorf("it is called %%q", name)
	}
}
`
	testOfResult = `package main

import "testing"

func TestThereIsOne(t *testing.T) {
	if %[1]s() == nil {
		t.Error("%[1]s returns nil")
	}
}
`
)

// importDecl imports packages, those of the standard library first.
func importDecl(imports map[string]string, exports *exports) string {
	var standard, others []string
	for _, from := range names(imports) {
		line := strconv.Quote(from)
		if imports[from] != path.Base(from) {
			line = imports[from] + " " + line
		}
		if _, own := exports.known[from]; own {
			others = append(others, line)
		} else {
			standard = append(standard, line)
		}
	}
	switch lines := append(append([]string{}, standard...), others...); {
	case len(lines) == 0:
		return ""
	case len(lines) == 1:
		return "\nimport " + lines[0] + "\n"
	case len(standard) > 0 && len(others) > 0:
		return "\nimport (\n" + strings.Join(standard, "\n") + "\n\n" + strings.Join(others, "\n") + "\n)\n"
	default:
		return "\nimport (\n" + strings.Join(lines, "\n") + "\n)\n"
	}
}
