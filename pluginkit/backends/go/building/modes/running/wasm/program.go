package wasm

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// What the two sides call each other by.
const (
	importModule = "pluginkit"
	importCall   = "call"   // (request, its size, room for the answer, its size) -> number of the answer << 32 | its size
	importAnswer = "answer" // (number, where to put it), of an answer that had no room
	importEnded  = "ended"  // (number of the call) -> 1: its caller does not wait for it any more
	exportStart  = "_initialize"
	exportRoom   = "pluginkit_room" // (size) -> where to put a request of that size
	exportCall   = "pluginkit_call" // (size of the request, number of the call) -> address of the answer << 32 | its size
)

const (
	smallRoom = 64 << 10 // bytes; larger room in the module is for one request
	leastRoom = 512
)

// program is the compiled plugin. Its instances follow each other.
type program struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
	cache   *cache // nil where nothing is kept
	options Options
}

// compile checks and compiles a module, or takes what is kept of it. Nothing of it runs.
func compile(ctx context.Context, module []byte, options Options) (*program, error) {
	if kept := openCache(options.Cache, module); kept != nil {
		if p, err := compileWith(ctx, module, options, kept); err == nil {
			kept.seal()
			return p, nil
		}
		empty(kept.place) // whatever it was
	}
	return compileWith(ctx, module, options, nil)
}

func compileWith(ctx context.Context, module []byte, options Options, kept *cache) (_ *program, err error) {
	p := &program{options: options, cache: kept}
	config := wazero.NewRuntimeConfig().WithCloseOnContextDone(true).WithMemoryLimitPages(options.pages()).WithDebugInfoEnabled(false)
	if kept != nil {
		config = config.WithCompilationCache(kept.CompilationCache)
	}
	p.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, p.runtime); err != nil {
		return nil, err
	}
	if err = exportHost(ctx, p.runtime); err != nil {
		return nil, err
	}
	p.code, err = p.runtime.CompileModule(experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0)), module)
	if err != nil && strings.Contains(err.Error(), "section memory") { // more pages to begin with than the limit allows
		err = fmt.Errorf("more than its `memory` of %d MiB to begin with: %w", options.pages()>>4, err)
	}
	return p, err
}

// Close frees all of it. No instance may be running.
func (p *program) Close() error {
	err := p.runtime.Close(context.Background())
	if p.cache != nil {
		p.cache.close()
	}
	return err
}

// config says what an instance has of the world: clocks, random numbers, its output and the directories that it was given.
func (p *program) config(i *instance) (wazero.ModuleConfig, error) {
	files, err := mounts(p.options.Files)
	if err != nil {
		return nil, err
	}
	return wazero.NewModuleConfig().
		WithName("").
		WithStartFunctions().
		WithFSConfig(files).
		WithStdout(i.output).
		WithStderr(i.output).
		WithRandSource(rand.Reader).
		WithSysWalltime().
		WithSysNanotime().
		WithNanosleep(i.sleep).
		WithOsyield(runtime.Gosched), nil
}

// exportHost gives modules what they call of the host.
func exportHost(ctx context.Context, runtime wazero.Runtime) error {
	const word, long = api.ValueTypeI32, api.ValueTypeI64
	builder := runtime.NewHostModuleBuilder(importModule)
	for _, one := range []struct {
		name         string
		function     func(*instance, []uint64)
		takes, gives []api.ValueType
	}{
		{importCall, (*instance).callHost, []api.ValueType{word, word, word, word}, []api.ValueType{long}},
		{importAnswer, (*instance).answerOfHost, []api.ValueType{word, word}, nil},
		{importEnded, (*instance).hasEnded, []api.ValueType{word}, []api.ValueType{word}},
	} {
		function := one.function
		builder = builder.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
			function(ctx.Value(instanceKey{}).(*instance), stack)
		}), one.takes, one.gives).Export(one.name)
	}
	_, err := builder.Instantiate(ctx)
	return err
}
