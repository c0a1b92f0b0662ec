"""Changes of a Go API with a plugin each, which has to be edited for them, or only built again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A change of an API, and the body of a plugin's function; `edit` if it does not compile any more."""

    name: str
    old: str
    new: str
    plugin: str
    edit: bool
    top: str = ""
    """What the plugin declares beside the function."""


HOST = "type Host interface{ Log(string); Get(string) string }; "
BOX = "type Box struct{ A int; B string }; "
LESS = "type Host interface{ Log(string) }; "
PLUGIN = "type Plugin interface{ Name() string }; "
ASKS = "type Plugin interface{ Name() string; Stop() }; "
CASES = [
    Case("calls-a-removed-function", "func F() {}; func G() {}", "func G() {}", "api.F()", True),
    Case("calls-another-function", "func F() {}; func G() {}", "func G() {}", "api.G()", False),
    Case("calls-a-method-that-is-gone", HOST, LESS, "var h api.Host; h.Get(``)", True),
    Case("calls-another-method", HOST, LESS, "var h api.Host; h.Log(``)", False),
    Case("same-name-elsewhere", HOST + "type Other struct{}; func (Other) Get(string) {}", LESS + "type Other struct{};"
         " func (Other) Get(string) {}", "var h api.Other; h.Get(``)", False),
    Case("own-interface-needs-it", HOST, LESS, "var h api.Host; var _ getter = h", True,
         "type getter interface{ Get(string) string }"),
    Case("own-interface-needs-another", HOST, LESS, "var h api.Host; var _ logger = h", False,
         "type logger interface{ Log(string) }"),
    Case("passed-as-what-it-is-no-longer", "type W struct{}; func (W) Write(p []byte) (int, error) { return 0, nil }",
         "type W struct{}", "fmt.Fprint(api.W{}, 1)", True),
    Case("not-passed-as-what-it-is-no-longer",
         "type W struct{}; func (W) Write(p []byte) (int, error) { return 0, nil }",
         "type W struct{}", "fmt.Println(api.W{})", False),
    Case("implements-and-returns", PLUGIN, ASKS, "", True,
         "type own struct{}; func (own) Name() string { return `` }; func New() api.Plugin { return own{} }"),
    Case("implements-and-passes", PLUGIN + "func Register(Plugin) {}", ASKS + "func Register(Plugin) {}",
         "api.Register(own{})", True, "type own struct{}; func (own) Name() string { return `` }"),
    Case("implements-in-a-field", PLUGIN + "type Options struct{ P Plugin }", ASKS + "type Options struct{ P Plugin }",
         "_ = api.Options{P: own{}}", True, "type own struct{}; func (own) Name() string { return `` }"),
    Case("implements-in-a-list", PLUGIN + "type All []Plugin", ASKS + "type All []Plugin",
         "_ = api.All{own{}}", True, "type own struct{}; func (own) Name() string { return `` }"),
    Case("implements-as-an-argument-of-type", PLUGIN + "func F[P Plugin](P) {}", ASKS + "func F[P Plugin](P) {}",
         "api.F(own{})", True, "type own struct{}; func (own) Name() string { return `` }"),
    Case("implements-by-a-channel", PLUGIN + "var C chan Plugin", ASKS + "var C chan Plugin",
         "api.C <- own{}", True, "type own struct{}; func (own) Name() string { return `` }"),
    Case("implements-by-assignment", PLUGIN + "var P Plugin", ASKS + "var P Plugin",
         "api.P = own{}", True, "type own struct{}; func (own) Name() string { return `` }"),
    Case("implements-by-a-wider-interface", PLUGIN, ASKS, "var _ wide = own{}", True,
         "type wide interface{ api.Plugin; Extra() }; type own struct{}; func (own) Name() string { return `` };"
         " func (own) Extra() {}"),
    Case("asserts-its-own-type", PLUGIN + "var P Plugin", ASKS + "var P Plugin", "_, _ = api.P.(own)", True,
         "type own struct{}; func (own) Name() string { return `` }"),
    Case("only-calls-the-interface", PLUGIN + "var P Plugin", ASKS + "var P Plugin", "_ = api.P.Name()", False),
    Case("happens-to-have-the-methods", PLUGIN + "func F() {}", ASKS + "func F() {}", "api.F(); _ = own{}.Name()",
         False,
         "type own struct{}; func (own) Name() string { return `` }"),
    Case("keyed-literal", BOX, "type Box struct{ A int; B string; C bool }", "_ = api.Box{A: 1}", False),
    Case("literal-without-names", BOX, "type Box struct{ A int; B string; C bool }", "_ = api.Box{1, ``}", True),
    Case("literal-of-reordered-fields", BOX, "type Box struct{ B string; A int }", "_ = api.Box{1, ``}", True),
    Case("literal-and-an-unexported-field", BOX, "type Box struct{ A int; B string; c int }", "_ = api.Box{1, ``}",
         True),
    Case("names-a-removed-field", BOX, "type Box struct{ A int }", "_ = api.Box{B: ``}", True),
    Case("names-another-field", BOX, "type Box struct{ A int }", "_ = api.Box{A: 1}", False),
    Case("reads-a-field-of-another-type", BOX + "var V Box", "type Box struct{ A string; B string }; var V Box",
         "var _ int = api.V.A", True),
    Case("reads-a-field-beside-it", BOX + "var V Box", "type Box struct{ A string; B string }; var V Box",
         "_ = api.V.B", False),
    Case("promoted-field", "type E struct{ X int }; type Box struct{ E }; var V Box",
         "type E struct{ Y int }; type Box struct{ E }; var V Box", "_ = api.V.X", True),
    Case("promoted-through-its-own", "type Base struct{}; func (Base) Log() {}", "type Base struct{}", "mine{}.Log()",
         True,
         "type mine struct{ api.Base }"),
    Case("embeds-for-an-interface", PLUGIN + "type Base struct{}; func (Base) Name() string { return `` }",
         PLUGIN + "type Base struct{}", "", True,
         "type mine struct{ api.Base }; func New() api.Plugin { return mine{} }"),
    Case("literal-names-what-is-promoted-now", "type E struct{ A int }; type S struct{ E E; A int }",
         "type E struct{ A int }; type S struct{ E }", "_ = api.S{A: 1}", True),
    Case("reads-what-is-promoted-now", "type E struct{ A int }; type S struct{ E E; A int }; var V S",
         "type E struct{ A int }; type S struct{ E }; var V S", "_ = api.V.A", False),
    Case("holds-a-type-of-another-kind", "type ID int; func F() ID { return 0 }",
         "type ID string; func F() ID { return `` }",
         "x := api.F(); _ = x + 1", True),
    Case("compares-what-cannot-be-compared", "type K struct{ A int }; var A, B K",
         "type K struct{ A []int }; var A, B K",
         "_ = api.A == api.B", True),
    Case("value-of-another-constant", "const A = 1; const B = 2", "const A = 1; const B = 3", "_ = api.A", False),
    Case("removed-type-not-used", "type A int; type B int", "type A int", "var _ api.A", False),
    Case("exposed-type", "type t struct{}; func (t) M() {}; var V t", "type t struct{}; var V t", "api.V.M()", True),
    Case("alias-from-elsewhere", "type H = host; type host interface{ Log() }",
         "type H = host; type host interface{ Log(int) }",
         "var h api.H; h.Log()", True),
    Case("another-import-name", "func F() {}", "func G() {}", "other.F()", True, 'import other "acme/API"'),
    Case("function-becomes-a-variable", "func F() {}", "var F func()", "api.F()", False),
    Case("parameter-added", "func F(int) {}; func G() {}", "func F(int, int) {}; func G() {}", "api.F(1)", True),
    Case("method-value", "type T struct{}; func (T) M() {}", "type T struct{}; func (T) M(int) {}",
         "f := api.T{}.M; f()", True),
    Case("method-expression", "type T struct{}; func (T) M() {}", "type T struct{}; func (T) M(int) {}",
         "api.T.M(api.T{})", True),
    Case("nothing-but-the-body", "func F() int { return 1 }", "func F() int { return 2 }", "_ = api.F()", False),
]  # fmt: skip
