package pluginapi

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors that keep their identity wherever a plugin runs.
var (
	ErrRefused = errors.New("refused")
	ErrUnknown = errors.New("unknown")
)

// Problem is an error with fields.
type Problem struct {
	Field  string
	Code   int
	Detail []string
}

func (p *Problem) Error() string { return fmt.Sprintf("%s: problem %d", p.Field, p.Code) }

// Level is a named number with a text.
type Level int8

func (l Level) String() string { return [...]string{"low", "high"}[l&1] }

// Entry is a line of the ledger.
type Entry struct {
	Key    string
	Amount int64
	Tags   []string
	Weight map[string]float64
	At     time.Time
	Level  Level
	Parent *Entry
}

// Verdict is what an auditor says of a request.
type Verdict struct {
	Allowed bool
	Reasons []string
	Took    time.Duration
}

// View is what the host shows for one call.
type View interface {
	Find(key string) (value string, found bool)
	Emit(entry Entry) error
}

// Auditor is what audit has beside its Plugin.
type Auditor interface {
	Check(ctx context.Context, req *Request, view View) (Verdict, error)
	Wait(ctx context.Context, most time.Duration) error
	Until(ctx context.Context) (left bool, err error)
	Describe(values ...any) string
	Fails(how string) error
}

// Ledger is what counter has beside its Plugin.
type Ledger interface {
	Add(entry Entry) (total int64)
	Totals() map[string]int64
	Entries(prefix string) []Entry
	Last() *Entry
	Walk(prefix string) (Cursor, error)
	Store(data []byte) (size int)
	Load() []byte
	Sum(numbers [4]uint16, factor float32, z complex128) (sum uint64, scaled float64, turned complex128)
}

// Cursor goes through entries; it lies where the ledger does.
type Cursor interface {
	Next() (entry Entry, ok bool)
	Close() error
}

// Resetter is what a Plugin may implement beside: hosts ask for it by an assertion.
type Resetter interface {
	Reset(to int64) (before int64)
}

// Files is what a host has beside Host: a plugin's function asks for it by its parameter.
type Files interface {
	Host
	Fetch(ctx context.Context, name string) ([]byte, error)
}
