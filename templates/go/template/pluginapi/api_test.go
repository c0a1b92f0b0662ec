package pluginapi

import (
	"regexp"
	"testing"
)

func TestAPIVersionIsASemanticVersion(t *testing.T) {
	if !regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(APIVersion) {
		t.Errorf("APIVersion is %q, want vMAJOR.MINOR.PATCH", APIVersion)
	}
}
