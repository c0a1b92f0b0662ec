package main

// Uses is what packages use of the APIs.
type Uses struct {
	Lines []string `json:"lines"`
}

func usesOf(tree Tree, from *sources) Uses { return Uses{Lines: []string{}} }
