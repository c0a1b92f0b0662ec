package main

import (
	"testing"

	"acme/pluginapi"
)

func TestItRefusesAnEmptyRequest(t *testing.T) {
	before := Counter
	response, err := New().Handle(&pluginapi.Request{Body: []byte(" \n")})
	if err != nil || response.Status != 400 || Counter != before {
		t.Errorf("got %+v, %v, counted %d", response, err, Counter-before)
	}
}

func TestItCountsWhatPasses(t *testing.T) {
	before := Counter
	response, err := New().Handle(&pluginapi.Request{Body: []byte(" hello ")})
	if err != nil || string(response.Body) != "hello" || Counter != before+1 {
		t.Errorf("got %+v, %v, counted %d", response, err, Counter-before)
	}
}
