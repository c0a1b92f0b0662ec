package wasm_test

import (
	"os"
	"testing"

	"pluginkit/running/wasm"
	"pluginkit/running/wasm/testdata/api"
)

func BenchmarkCall(b *testing.B) {
	h, _ := start(b, nil)
	b.Run("count", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.plugin.Count()
		}
	})
	b.Run("echo", func(b *testing.B) {
		body := make([]byte, 100)
		b.ReportAllocs()
		for b.Loop() {
			h.plugin.Do("echo", body)
		}
	})
	b.Run("callback", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.plugin.Do("ask ready", nil)
		}
	})
}

func BenchmarkStart(b *testing.B) {
	image, err := os.ReadFile(module)
	if err != nil {
		b.Fatal(err)
	}
	for name, cached := range map[string]string{"compiled": "", "kept": cache} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				session, err := wasm.Start(image, wasm.Options{Table: api.Table(), Cache: cached})
				if err != nil {
					b.Fatal(err)
				}
				session.Close()
			}
		})
	}
}
