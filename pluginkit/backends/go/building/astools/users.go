package main

import (
	"fmt"
	"go/types"
	"sort"
)

// Users are the packages of one plugin: itself, and those of its own.
type Users struct {
	// APIs are the import paths of the packages whose uses count.
	APIs []string `json:"apis"`
	// Packages are import paths.
	Packages []string `json:"packages"`
}

// Uses is what packages use of the APIs.
type Uses struct {
	// Lines are sorted, each once:
	//
	//	use PATH.Name                   names it, or holds a value of that type
	//	use PATH.Type.Member            selects it, gives it in a literal, or needs it for an interface
	//	implements PATH.Type            has types of its own that are taken for that interface
	//	embeds PATH.Type                in a struct
	//	literal PATH.Type keyed         or unkeyed: a struct that is written down
	//	dynamic REASON                  what else is used cannot be known
	Lines []string `json:"lines"`
	// Places has for each line where that is, as file:line, if that was asked for.
	Places map[string][]string `json:"places"`
	// Size is how many lines the files of the packages have.
	Size int `json:"size"`
}

// usesOf reads the packages of one plugin, which `load` loads; `places` says whether it is asked where things are.
func usesOf(users Users, apis *apiTypes, places bool, load func(path string) (*loaded, error)) (Uses, error) {
	known, err := apis.of(users.APIs)
	if err != nil {
		return Uses{}, err
	}
	uses := Uses{Lines: []string{}, Places: map[string][]string{}}
	found := map[string]map[string]bool{}
	for _, path := range users.Packages {
		l, err := load(path)
		if err != nil {
			return Uses{}, fmt.Errorf("%s: %w", path, err)
		}
		(&user{loaded: l, apis: set(users.APIs), types: known, places: places, found: found}).read()
		uses.Size += l.lines()
	}
	for line, at := range found {
		uses.Lines = append(uses.Lines, line)
		for place := range at {
			uses.Places[line] = append(uses.Places[line], place)
		}
		sort.Strings(uses.Places[line])
	}
	sort.Strings(uses.Lines)
	return uses, nil
}

func set(names []string) map[string]bool {
	found := make(map[string]bool, len(names))
	for _, name := range names {
		found[name] = true
	}
	return found
}

// apiTypes knows the objects of the surfaces of APIs, each read once.
type apiTypes struct {
	origin
	read map[string]map[types.Object]bool
}

func newAPITypes(from origin) *apiTypes {
	return &apiTypes{from, map[string]map[types.Object]bool{}}
}

// of returns the objects of the surfaces of packages, those of other packages included.
func (a *apiTypes) of(paths []string) (map[types.Object]bool, error) {
	all := map[types.Object]bool{}
	for _, path := range paths {
		if a.read[path] == nil {
			pkg, err := a.Import(path)
			if err != nil {
				return nil, fmt.Errorf("the API %s: %w", path, err)
			}
			a.read[path] = declare(pkg, a.origin).known
		}
		for object := range a.read[path] {
			all[object] = true
		}
	}
	return all, nil
}
