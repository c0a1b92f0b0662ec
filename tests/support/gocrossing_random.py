"""Random Go types, so that two deciders about what crosses can be compared."""

import random

IMPORTS = ("context", "io", "math/big", "net/netip", "net/url", "sync", "time")
FIXED = """
type Crossing interface{ Do(int) error }
type Streaming interface{ All() <-chan int }
type sealed interface{ sealed() }
type Sealed interface{ Crossing; sealed }
type Text struct{ in chan int }
func (Text) MarshalText() ([]byte, error) { return nil, nil }
func (*Text) UnmarshalText([]byte) error { return nil }
type Half struct{ in int }
func (Half) MarshalBinary() ([]byte, error) { return nil, nil }
type Box[T any] struct{ Value T; More []Box[T] }
type hidden struct{ Value int }
"""
LEAVES = (
    "int", "string", "bool", "float64", "complex64", "byte", "rune", "error", "any", "time.Time", "time.Duration",
    "netip.Addr", "*big.Int", "url.URL", "Crossing", "Text", "hidden", "io.Writer", "[0]int", "struct{}",
    "int", "string", "[]byte", "map[string]string", "Box[int]",
)  # fmt: skip
REFUSED = (
    "chan int", "func()", "sync.Mutex", "Streaming", "Sealed", "sealed", "Half", "context.Context", "Box[chan bool]",
    "interface{ sealed() }",
)  # fmt: skip


def random_types(seed: int, count: int) -> str:
    """Return the source of a package with `count` types, T0 and on, and what they are made of."""
    choose = random.Random(seed)
    imports = "".join(f'import "{path}"\n' for path in IMPORTS)
    declared = "".join(f"type T{number} {_declared(choose, number, count)}\n" for number in range(count))
    used = "var _ context.Context\nvar _ io.Writer\nvar _ *big.Int\nvar _ netip.Addr\nvar _ url.URL\nvar _ sync.Mutex\n"
    asked = "".join(f"type I{number} interface{{ Do(T{number}) }}\n" for number in range(count))
    return f"{imports}{FIXED}{declared}{used}var _ time.Time\n{asked}type Plugin interface{{ Stop() }}\n"


def _declared(choose: random.Random, number: int, count: int) -> str:
    if choose.random() < 0.6:
        return _struct(choose, number, count)
    return choose.choice(("[]{}", "map[string]{}", "[2]{}", "struct{{ A *{} }}")).format(_type(choose, number, count))


def _struct(choose: random.Random, number: int, count: int) -> str:
    fields = [
        f"{_name(choose, place)} {_type(choose, number, count)}" for place in range(choose.choice((0, 1, 1, 2, 3, 4)))
    ]
    if choose.random() < 0.15:
        fields.append(choose.choice(("time.Time", "Text", "hidden", "*Text", "Crossing", "*url.URL")))
    return f"struct{{ {'; '.join(fields)} }}"


def _name(choose: random.Random, place: int) -> str:
    kind = choose.random()
    return f"f{place}" if kind < 0.04 else "_" if kind < 0.08 else f"F{place}"


def _type(choose: random.Random, number: int, count: int) -> str:
    kind = choose.random()
    if kind < 0.06:
        return choose.choice(REFUSED)
    if kind < 0.55:
        return choose.choice(LEAVES)
    if kind < 0.75 and number:
        return f"T{choose.randrange(number)}"
    if kind < 0.85:  # maybe a type that is made of this one
        return choose.choice(("*T{}", "[]T{}", "map[int]T{}")).format(choose.randrange(count))
    return choose.choice(("*{}", "[]{}", "[3]{}", "map[string]{}", "struct{{ X {} }}")).format(
        _type(choose, number, count)
    )
