package loader

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"acme/internal/gobinary"
	"acme/internal/stamp"
)

// contract is what the host's stamp asks of plugins for the candidate's API: nothing where the host has none.
func (c *candidate) contract() stamp.Contract {
	if c.loading.stamp == nil {
		return stamp.Contract{}
	}
	return chosen(c.loading.stamp.Contract, c.api())
}

// chosen returns the part of a contract that is for an API: all of it where it does not tell versions apart.
func chosen(asked stamp.Contract, api string) stamp.Contract {
	for _, own := range asked.APIs {
		if own.API == api {
			return own
		}
	}
	return asked
}

// symbols returns what a plugin must export, with the types where the contract names them.
func (c *candidate) symbols() map[string]string { return symbolsOf(c.contract()) }

func symbolsOf(asked stamp.Contract) map[string]string {
	found := map[string]string{}
	if asked.Factory != "" {
		found[asked.Factory] = ""
	}
	maps.Copy(found, asked.Symbols)
	return found
}

// exports returns what a plugin exports, with the types as reflect prints them, as far as they are known: of one that is
// opened what it has; of another what the compiler asserted at its build, which its stamp says. Unknown is nil.
func (c *candidate) exports() map[string]string {
	switch {
	case !c.isPlugin():
		return nil
	case c.mode == modePlugin:
		return c.binary.Exports
	case c.stamp == nil:
		return nil
	}
	return symbolsOf(chosen(c.stamp.Contract, c.api()))
}

func missingSymbols(c *candidate) (found []Finding) {
	if !c.isPlugin() || c.mode == modePlugin && c.binary.Kind != gobinary.Plugin || c.mode != modePlugin && c.stamp == nil {
		return nil
	}
	exports := c.exports()
	for _, name := range slices.Sorted(maps.Keys(c.symbols())) {
		if _, ok := exports[name]; !ok && !slices.Contains(c.binary.Unlinked, name) {
			found = append(found, Finding{Message: "does not export " + name, Expected: name})
		}
	}
	return found
}

func otherTypes(c *candidate) (found []Finding) {
	exports, asked := c.exports(), c.symbols()
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		exported, wanted := exports[name], asked[name]
		if exported != "" && wanted != "" && reflected(exported) != reflected(wanted) {
			found = append(found, Finding{
				Message: "exports " + name + " with another type than the host asserts", Found: exported, Expected: wanted,
			})
		}
	}
	return found
}

var anyType = regexp.MustCompile(`\bany\b`)

// reflected returns a type as reflect prints it, where people may write another spelling.
func reflected(spelled string) string {
	spelled = anyType.ReplaceAllString(strings.Join(strings.Fields(spelled), ""), "interface {}")
	return strings.ReplaceAll(spelled, "interface{}", "interface {}")
}

func missingCapability(c *candidate) []Finding {
	if !c.compared() {
		return nil
	}
	return c.capabilities(c.contract().Required, c.stamp.Capabilities, "lacks the capability %q, which the host requires")
}

func unknownCapability(c *candidate) []Finding {
	asked := c.contract()
	if !c.compared() || len(asked.Known) == 0 {
		return nil
	}
	known := slices.Concat(asked.Known, asked.Required)
	found := c.capabilities(c.stamp.Capabilities, known, "declares the capability %q, which the host does not know")
	for i := range found {
		found[i].Severity = Warning
	}
	return found
}

// capabilities reports each of those wanted that is not among those there are.
func (c *candidate) capabilities(wanted, present []string, message string) (found []Finding) {
	for _, one := range wanted {
		if !slices.Contains(present, one) {
			found = append(found, Finding{Message: fmt.Sprintf(message, one), Found: strings.Join(c.stamp.Capabilities, ", ")})
		}
	}
	return found
}

func loadedBefore(c *candidate) []Finding {
	if !c.isPlugin() {
		return nil
	}
	for _, name := range []string{c.binary.PluginPath, c.name} {
		if first, ok := c.opened.plugins[name]; ok && name != "" {
			return []Finding{{Message: "a plugin of that name or package is loaded already", Found: name, Details: []string{first}}}
		}
	}
	return nil
}

func fatalLoad(c *candidate) []Finding {
	var reasons []string
	for _, one := range c.binary.Fatal {
		if _, present := c.self.Packages[one.Package]; !present {
			reasons = append(reasons, one.Reason)
		}
	}
	if len(reasons) == 0 || !c.isPlugin() {
		return nil
	}
	return []Finding{{Message: "opening it would end the host: " + reasons[0], Details: reasons}}
}

func fatalFactory(c *candidate) (found []Finding) {
	if !c.isPlugin() {
		return nil
	}
	asked := c.symbols()
	for _, name := range c.binary.ExitFactories {
		if _, ok := asked[name]; ok {
			found = append(found, Finding{Message: "calling " + name + " would end the host: it never returns"})
		}
	}
	return found
}
