package main

import (
	"regexp"
	"strings"
)

// effects lists, by kind, what has no place in an initialiser: functions and variables as `path.Name`, methods as
// `path.Type.Name`. A star at the end stands for any rest. What is not here is taken for self-contained setup.
//
// Reading the environment, the arguments or the names of the machine and its user is not I/O; neither is what a plugin
// embeds. Printing and logging are left to taste.
var effects = compile(map[string]string{
	"file": `
		os.Open os.OpenFile os.OpenRoot os.OpenInRoot os.Create os.CreateTemp os.MkdirTemp os.ReadFile os.WriteFile
		os.ReadDir os.Mkdir os.MkdirAll os.Remove os.RemoveAll os.Rename os.Truncate os.Chmod os.Chown os.Lchown
		os.Chtimes os.Link os.Symlink os.Readlink os.Stat os.Lstat os.CopyFS os.Pipe
		io/ioutil.ReadFile io/ioutil.WriteFile io/ioutil.ReadDir io/ioutil.TempFile io/ioutil.TempDir
		path/filepath.Glob path/filepath.Walk path/filepath.WalkDir path/filepath.EvalSymlinks
		text/template.ParseFiles text/template.ParseGlob text/template.Template.ParseFiles
		text/template.Template.ParseGlob html/template.ParseFiles html/template.ParseGlob
		html/template.Template.ParseFiles html/template.Template.ParseGlob
		crypto/tls.LoadX509KeyPair debug/elf.Open archive/zip.OpenReader os/exec.LookPath
		syscall.Open syscall.Creat syscall.Mkdir syscall.Unlink syscall.Rename
		golang.org/x/sys/unix.Open golang.org/x/sys/unix.Creat golang.org/x/sys/unix.Unlink
		github.com/spf13/viper.ReadInConfig github.com/spf13/viper.Viper.ReadInConfig github.com/joho/godotenv.*
		github.com/BurntSushi/toml.DecodeFile`,
	"network": `
		net.Dial* net.Listen* net.Lookup* net.Resolve* net.File* net.Interface* net.Dialer.Dial* net.Resolver.Lookup*
		net.ListenConfig.Listen* net/http.Get net/http.Head net/http.Post net/http.PostForm net/http.Serve
		net/http.ServeTLS net/http.ListenAndServe* net/http.Client.Do net/http.Client.Get net/http.Client.Head
		net/http.Client.Post* net/http.Server.Serve net/http.Server.ServeTLS net/http.Server.ListenAndServe*
		net/http.Transport.RoundTrip net/http.RoundTripper.RoundTrip net/rpc.Dial* net/rpc.Accept net/smtp.Dial
		net/smtp.SendMail net/textproto.Dial crypto/tls.Dial* crypto/tls.Listen crypto/tls.Dialer.Dial* log/syslog.*
		syscall.Socket syscall.Connect syscall.Bind syscall.Listen google.golang.org/grpc.Dial*
		google.golang.org/grpc.Server.Serve github.com/gorilla/websocket.Dialer.Dial* golang.org/x/crypto/ssh.Dial`,
	"process": `
		os/exec.Cmd.Run os/exec.Cmd.Start os/exec.Cmd.Output os/exec.Cmd.CombinedOutput os.StartProcess
		os.Process.Kill os.Process.Signal syscall.Exec syscall.ForkExec syscall.StartProcess syscall.Kill
		golang.org/x/sys/unix.Exec golang.org/x/sys/unix.Kill`,
	"database": `
		database/sql.Open database/sql.OpenDB database/sql.DB.* database/sql.Conn.* database/sql.Tx.*
		database/sql.Stmt.* gorm.io/gorm.Open github.com/jinzhu/gorm.Open github.com/jmoiron/sqlx.Open
		github.com/jmoiron/sqlx.Connect* github.com/jmoiron/sqlx.Must* github.com/jackc/pgx.Connect*
		github.com/jackc/pgx/v5/pgxpool.New* github.com/jackc/pgx/v4/pgxpool.Connect*
		go.mongodb.org/mongo-driver/mongo.Connect go.etcd.io/bbolt.Open github.com/dgraph-io/badger.Open`,
	"registration": `
		net/http.Handle net/http.HandleFunc net/http.DefaultServeMux database/sql.Register net/rpc.Register*
		net/rpc.HandleHTTP expvar.Publish expvar.New* os.Chdir os.Setenv os.Unsetenv os.Clearenv
		os/signal.Notify* os/signal.Ignore os/signal.Reset log.SetOutput log.SetFlags log.SetPrefix log/slog.SetDefault
		log/slog.SetLogLoggerLevel runtime.GOMAXPROCS runtime/debug.Set* math/rand.Seed flag.CommandLine flag.Bool*
		flag.Duration* flag.Float64* flag.Func flag.Int* flag.Parse flag.Set flag.String* flag.TextVar flag.Uint*
		flag.Var github.com/spf13/pflag.CommandLine github.com/spf13/pflag.Bool* github.com/spf13/pflag.Duration*
		github.com/spf13/pflag.Int* github.com/spf13/pflag.Parse github.com/spf13/pflag.String*
		github.com/spf13/pflag.Uint* github.com/spf13/pflag.Var* github.com/sirupsen/logrus.Set*
		github.com/prometheus/client_golang/prometheus.MustRegister
		github.com/prometheus/client_golang/prometheus.Register
		github.com/prometheus/client_golang/prometheus/promauto.New*`,
	"plugin":     `plugin.Open`,
	"wait":       `time.Sleep`,
	"background": `time.AfterFunc`,
	"exit":       `os.Exit syscall.Exit log.Fatal* log.Logger.Fatal* github.com/sirupsen/logrus.Fatal*`,
	// Accepted where it depends on something, as in regexp.MustCompile; certain ones are reported.
	"panic": `log.Panic* log.Logger.Panic* runtime.Goexit`,
})

// runsItsArgument lists what calls the function it is given before it returns.
var runsItsArgument = map[string]bool{"sync.Once.Do": true}

// catalogue finds the kind of a name; those with a star are kept by their beginning.
type catalogue struct {
	exact  map[string]string
	begins []struct{ start, kind string }
}

func compile(kinds map[string]string) *catalogue {
	made := &catalogue{exact: map[string]string{}}
	for kind, names := range kinds {
		for _, name := range strings.Fields(names) {
			if start, open := strings.CutSuffix(name, "*"); open {
				made.begins = append(made.begins, struct{ start, kind string }{start, kind})
			} else {
				made.exact[name] = kind
			}
		}
	}
	return made
}

var major = regexp.MustCompile(`/v[0-9]+(\.[^/]*)$`)

// kind returns what calling or naming something is about; empty for what may run at any time.
func (c *catalogue) kind(name string) string {
	for _, spelled := range []string{name, major.ReplaceAllString(name, "$1")} {
		if kind, known := c.exact[spelled]; known {
			return kind
		}
		for _, one := range c.begins {
			// What a star stands for is the rest of one name: methods are listed by their types.
			if rest, begins := strings.CutPrefix(spelled, one.start); begins && !strings.Contains(rest, ".") {
				return one.kind
			}
		}
	}
	return ""
}
