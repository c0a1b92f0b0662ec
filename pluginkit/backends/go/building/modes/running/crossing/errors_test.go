package crossing_test

var failures = map[string]func() error{}
