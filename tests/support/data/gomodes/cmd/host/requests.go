package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"acme/pluginapi"
)

// run takes a count and a seed, and sends as many requests through all plugins, each of another kind.
func (h *host) run(words []string) {
	count, _ := strconv.Atoi(words[0])
	seed, _ := strconv.ParseInt(words[1], 10, 64)
	r := &requests{host: h, random: rand.New(rand.NewSource(seed))}
	r.open()
	kinds := []func(id string){
		r.chain, r.check, r.add, r.describe, r.fail, r.walk, r.store, r.sum, r.last, r.totals, r.audit, r.wait, r.together, r.reset,
	}
	for number := range count {
		id := fmt.Sprintf("request-%d", number)
		h.said.add("%s", id)
		kinds[number%len(kinds)](id)
	}
}

// requests are drawn from one seed, so that they are the same in every run.
type requests struct {
	*host
	random  *rand.Rand
	auditor pluginapi.Auditor
	ledger  pluginapi.Ledger
}

func (r *requests) open() {
	newAuditor, err := r.plugins["audit"].Symbols.Lookup("NewAuditor")
	if err != nil {
		panic(err)
	}
	newLedger, err := r.plugins["counter"].Symbols.Lookup("NewLedger")
	if err != nil {
		panic(err)
	}
	make := newAuditor.(func(pluginapi.Files) (pluginapi.Auditor, error))
	_, err = make(nil)
	r.said.add("an auditor without files: %s", failure(err))
	r.auditor, err = make(r.said)
	r.said.add("an auditor: %s", failure(err))
	r.ledger = newLedger.(func() pluginapi.Ledger)()
}

func (r *requests) text() string {
	letters := []rune("abc xyz é\t漢")
	text := make([]rune, r.random.Intn(12))
	for at := range text {
		text[at] = letters[r.random.Intn(len(letters))]
	}
	return string(text)
}

// chain goes through filter, transform and counter.
func (r *requests) chain(id string) {
	req := &pluginapi.Request{ID: id, Body: []byte(r.text())}
	for _, name := range []string{"filter", "transform", "counter"} {
		response, err := r.plugins[name].Instance.Handle(req)
		r.said.add("%s %s: %s, %s", r.plugins[name].Instance.Name(), r.plugins[name].Capabilities, answer(response), failure(err))
		if err != nil || response.Status >= 400 {
			return
		}
		req = &pluginapi.Request{ID: id, Body: response.Body}
	}
}

func (r *requests) reset(string) {
	for _, name := range []string{"audit", "counter", "filter", "transform"} {
		resetter, ok := r.plugins[name].Instance.(pluginapi.Resetter)
		r.said.add("%s can be reset: %t", name, ok)
		if ok {
			r.said.add("before %d", resetter.Reset(r.random.Int63n(1000)))
		}
	}
}

func (r *requests) audit(id string) {
	response, err := r.plugins["audit"].Instance.Handle(&pluginapi.Request{ID: id, Body: []byte(r.text())})
	r.said.add("audit: %s, %s", answer(response), failure(err))
}

func (r *requests) check(id string) {
	ctx := context.Background()
	if r.random.Intn(2) == 0 {
		limited, stop := context.WithTimeout(ctx, time.Minute)
		defer stop()
		ctx = limited
	}
	req := &pluginapi.Request{ID: id, Body: []byte(r.text())}
	if r.random.Intn(9) == 0 {
		req = nil
	}
	verdict, err := r.auditor.Check(ctx, req, view{r.said, r.random.Intn(4) == 0})
	r.said.add("%t %q %v, %s", verdict.Allowed, verdict.Reasons, verdict.Took, failure(err))
}

func (r *requests) entry() pluginapi.Entry {
	entry := pluginapi.Entry{Key: string(rune('a' + r.random.Intn(5))), Amount: r.random.Int63n(1e12) - 5e11}
	switch r.random.Intn(4) {
	case 0:
		entry.Tags, entry.Weight = []string{}, map[string]float64{}
	case 1:
		entry.Tags = []string{r.text(), ""}
		entry.Weight = map[string]float64{"x": r.random.NormFloat64(), "": -0.5}
	case 2:
		entry.At = time.Unix(r.random.Int63n(2e9), r.random.Int63n(1e9)).UTC()
		entry.Level = 1
	case 3:
		entry.Parent = &pluginapi.Entry{Key: "parent", Parent: &pluginapi.Entry{Tags: []string{"deep"}}}
	}
	return entry
}

func (r *requests) add(string) { r.said.add("total %d", r.ledger.Add(r.entry())) }

func (r *requests) last(string) { r.said.add("last %s", shown(r.ledger.Last())) }

func (r *requests) totals(string) {
	totals := r.ledger.Totals()
	var lines []string
	for key, total := range totals {
		lines = append(lines, fmt.Sprintf("%s=%d", key, total))
	}
	slices.Sort(lines)
	r.said.add("totals %t %s", totals == nil, strings.Join(lines, " "))
}

func (r *requests) walk(string) {
	prefix := string(rune('a' + r.random.Intn(7)))
	entries := r.ledger.Entries(prefix)
	r.said.add("%d entries, %t", len(entries), entries == nil)
	cursor, err := r.ledger.Walk(prefix)
	r.said.add("walk %s: %t, %s", prefix, cursor == nil, failure(err))
	if cursor == nil {
		return
	}
	for range 3 {
		entry, ok := cursor.Next()
		r.said.add("%s %t", shown(&entry), ok)
	}
	r.said.add("closed: %s, twice: %s", failure(cursor.Close()), failure(cursor.Close()))
}

func (r *requests) store(string) {
	var stored []byte
	switch size := []int{-1, 0, 1, 1000, 1 << 20}[r.random.Intn(5)]; size {
	case -1:
	default:
		stored = make([]byte, size)
		r.random.Read(stored)
	}
	r.said.add("stored %d, loaded %s", r.ledger.Store(stored), data(r.ledger.Load()))
}

func (r *requests) sum(string) {
	numbers := [4]uint16{uint16(r.random.Uint32()), 65535, 0, uint16(r.random.Uint32())}
	sum, scaled, turned := r.ledger.Sum(numbers, r.random.Float32(), complex(r.random.Float64(), -1))
	r.said.add("sum %d, %v, %v", sum, scaled, turned)
}

func (r *requests) describe(string) {
	values := []any{
		nil, true, r.random.Int(), int8(-3), uint64(1 << 63), 1.5, float32(0.1), 2i, r.text(), []byte("bytes"), pluginapi.Level(1),
		pluginapi.Verdict{Reasons: []string{"a"}}, []string{"x", "y"}, map[string]int{"k": 1}, pluginapi.ErrRefused,
	}
	r.said.add("described %s", r.auditor.Describe(values[:r.random.Intn(len(values)+1)]...))
}

func (r *requests) fail(string) {
	ways := []string{"sentinel", "wrapped", "joined", "problem", "context", "own", ""}
	way := ways[r.random.Intn(len(ways))]
	r.said.add("fails as %s: %s", way, failure(r.auditor.Fails(way)))
}

// wait ends a call by its context: by a deadline, by cancelling it while it runs and before; or lets it come to its end.
func (r *requests) wait(string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	most := time.Minute
	switch r.random.Intn(4) {
	case 0:
		limited, stop := context.WithTimeout(ctx, 20*time.Millisecond)
		defer stop()
		ctx = limited
	case 1:
		time.AfterFunc(20*time.Millisecond, cancel)
	case 2:
		cancel()
	case 3:
		most = time.Millisecond
	}
	err := r.auditor.Wait(ctx, most) // where memory is shared, by the plugin's own answer, else perhaps before that is there
	r.said.add("waited: %t, canceled: %t, late: %t", err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded))
	later, stop := context.WithTimeout(context.Background(), time.Hour)
	defer stop()
	left, err := r.auditor.Until(later)
	without, _ := r.auditor.Until(context.Background())
	r.said.add("deadline ahead: %t, %s; without one: %t", left, failure(err), without)
}

// together asks from several goroutines at once.
func (r *requests) together(id string) {
	answers := make([]string, 8)
	var all sync.WaitGroup
	for number := range answers {
		all.Add(1)
		go func() {
			defer all.Done()
			name := []string{"filter", "transform"}[number%2]
			response, err := r.plugins[name].Instance.Handle(&pluginapi.Request{ID: id, Body: fmt.Appendf(nil, "%s-%d", id, number)})
			answers[number] = fmt.Sprintf("%s, %s", answer(response), failure(err))
		}()
	}
	all.Wait()
	r.said.add("together %q", answers)
}

// time takes the name of a plugin, how many bytes to send and how often, and says the time of a call.
func (h *host) time(words []string) {
	size, _ := strconv.Atoi(words[1])
	count, _ := strconv.Atoi(words[2])
	instance := h.plugins[words[0]].Instance
	req := &pluginapi.Request{ID: "timed", Body: []byte(strings.Repeat("x", size))}
	h.said.deaf = true
	var failed error
	started := time.Now()
	for range count {
		if _, err := instance.Handle(req); err != nil {
			failed = err
		}
	}
	took := time.Since(started)
	h.said.deaf = false
	h.said.add("%d ns, %s", took.Nanoseconds()/int64(count), failure(failed))
}
