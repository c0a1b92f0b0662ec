package loader

import (
	"fmt"
	"slices"

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
			found = append(found, Finding{Message: "built against another API", Found: used.Name})
		}
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
	for _, used := range c.stamp.APIs {
		if offered := c.offered(used.Name); offered == nil || offered.Digest != used.Digest {
			return nil
		}
	}
	other.Severity = Warning
	return []Finding{other}
}
