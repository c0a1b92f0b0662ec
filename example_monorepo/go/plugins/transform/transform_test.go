package main

import (
	"testing"

	"acme/pluginapi"
)

func TestItAnswersInCapitals(t *testing.T) {
	response, err := New().Handle(&pluginapi.Request{Body: []byte("hello")})
	if err != nil || string(response.Body) != "HELLO" {
		t.Errorf("got %+v, %v", response, err)
	}
}
