package loader

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"acme/internal/stamp"
)

// compared returns whether there are two stamps to compare, that of the host and that of a plugin.
func (c *candidate) compared() bool { return c.stamp != nil && c.isPlugin() }

// offered returns the host's copy of an API, nil where it has none.
func (l *loading) offered(name string) *stamp.API {
	at := slices.IndexFunc(l.stamp.APIs, func(api stamp.API) bool { return api.Name == name })
	if at < 0 {
		return nil
	}
	return &l.stamp.APIs[at]
}

// api returns the import path of the API that the candidate is judged by: the one that its stamp names, else the newest
// of those that have a contract of their own. Empty where the host asks the same of all plugins.
func (c *candidate) api() (found string) {
	if c.stamp == nil || c.loading.stamp == nil || len(c.loading.stamp.Contract.APIs) == 0 {
		return ""
	}
	var newest []int
	for _, used := range c.stamp.APIs {
		if used.Name == c.stamp.Contract.API {
			return used.Name
		}
		version := numbers(used.Version)
		own := func(contract stamp.Contract) bool { return contract.API == used.Name }
		if slices.ContainsFunc(c.loading.stamp.Contract.APIs, own) && slices.Compare(version, newest) >= 0 {
			found, newest = used.Name, version
		}
	}
	return found
}

var release = regexp.MustCompile(`^v?\d+(\.\d+)*`)

// numbers returns the numbers of a version, as v1.2.0 has three: none for another label.
func numbers(version string) (found []int) {
	for _, part := range strings.Split(strings.TrimPrefix(release.FindString(version), "v"), ".") {
		if number, err := strconv.Atoi(part); err == nil {
			found = append(found, number)
		}
	}
	return found
}

// judgedBy tells by which of several APIs the candidate is judged, each with its version: nothing where the host has one.
func (c *candidate) judgedBy() string {
	if !c.compared() {
		return ""
	}
	api := c.api()
	return c.labelled(func(name string) bool {
		used := func(one stamp.API) bool { return one.Name == name }
		return name == api || api == "" && slices.ContainsFunc(c.stamp.APIs, used)
	})
}

// labelled returns those of several APIs that are meant, each with its version: nothing where the host has one.
func (l *loading) labelled(isMeant func(name string) bool) string {
	var labels []string
	if l.stamp == nil || len(l.stamp.APIs) < 2 {
		return ""
	}
	for _, offered := range l.stamp.APIs {
		if isMeant(offered.Name) {
			labels = append(labels, offered.Name+" "+offered.Version)
		}
	}
	return strings.Join(labels, ", ")
}

// pairs calls a function with each API that the plugin was built against and the host's copy of it.
func (c *candidate) pairs(compare func(used, offered stamp.API) *Finding) (found []Finding) {
	if !c.compared() {
		return nil
	}
	for _, used := range c.stamp.APIs {
		if offered := c.offered(used.Name); offered != nil {
			if one := compare(used, *offered); one != nil {
				found = append(found, *one)
			}
		}
	}
	return found
}

func foreignAPI(c *candidate) (found []Finding) {
	if !c.compared() {
		return nil
	}
	for _, used := range c.stamp.APIs {
		if c.offered(used.Name) == nil {
			found = append(found, Finding{
				Message: "built against another API than the host serves", Found: used.Name + " " + used.Version,
				Expected: strings.Join(c.served(), ", "),
			})
		}
	}
	return found
}

// served returns the host's APIs, each with its version.
func (l *loading) served() (found []string) {
	for _, api := range l.stamp.APIs {
		found = append(found, api.Name+" "+api.Version)
	}
	return found
}

func noAPI(c *candidate) []Finding {
	if !c.compared() || len(c.stamp.APIs) > 0 {
		return nil
	}
	return []Finding{{Message: "built against none of the host's APIs"}}
}

func apiVersion(c *candidate) []Finding {
	return c.pairs(func(used, offered stamp.API) *Finding {
		if used.Version == offered.Version {
			return nil
		}
		message := fmt.Sprintf("built against %s %s", used.Name, used.Version)
		return &Finding{Message: message, Found: used.Version, Expected: offered.Version}
	})
}

func apiDigest(c *candidate) []Finding {
	return c.pairs(func(used, offered stamp.API) *Finding {
		if used.Digest == offered.Digest {
			return nil
		}
		return &Finding{
			Message:  fmt.Sprintf("built against another copy of %s %s", used.Name, used.Version),
			Found:    used.Digest,
			Expected: offered.Digest,
			Details:  changes(used.Surface, offered.Surface),
		}
	})
}

// changes lists what the host's copy of an API has (+) and has not (-), compared with the plugin's.
func changes(used, offered []string) (found []string) {
	for _, line := range used {
		if !slices.Contains(offered, line) {
			found = append(found, "- "+line)
		}
	}
	for _, line := range offered {
		if !slices.Contains(used, line) {
			found = append(found, "+ "+line)
		}
	}
	return found
}

// otherLock warns of another lock, or refuses it where the contract says so. The lock seals the API: where that differs,
// a warning would only say it again.
func otherLock(c *candidate) []Finding {
	if !c.compared() || c.stamp.Lock == c.loading.stamp.Lock {
		return nil
	}
	other := Finding{
		Message: "built under another lock than the host", Found: c.stamp.Lock, Expected: c.loading.stamp.Lock,
	}
	if c.contract().SameLock {
		return []Finding{other}
	}
	if c.binary.MainModule != c.self.MainModule { // it has a lock of its own
		return nil
	}
	for _, used := range c.stamp.APIs {
		if offered := c.offered(used.Name); offered == nil || offered.Digest != used.Digest {
			return nil
		}
	}
	other.Severity = Warning
	return []Finding{other}
}
