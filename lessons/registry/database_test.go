package registry

import (
	"cmp"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// databases are what every row runs on.
func databases(t *testing.T, test func(t *testing.T, d database)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, database{place: filepath.Join(t.TempDir(), "a folder?", "registry%20.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		s := startPostgres(t)
		test(t, database{place: s.fresh(t), server: s})
	})
}

type database struct {
	place  string
	server *postgres // nil for SQLite
}

func (d database) open(t testing.TB) *Registry {
	t.Helper()
	r, err := Open(t.Context(), d.place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// postgres is a server of its own, which nobody else uses and which only listens on a socket in its folder.
type postgres struct {
	bin, dir string
	as       *syscall.Credential // whom it runs as, since root it refuses
	made     int
}

// theServer is started by the first test that needs one, and ended by TestMain.
var theServer struct {
	sync.Mutex
	*postgres
}

func startPostgres(t testing.TB) *postgres {
	t.Helper()
	theServer.Lock()
	defer theServer.Unlock()
	if theServer.postgres != nil {
		return theServer.postgres
	}
	bin := postgresBin()
	if bin == "" {
		t.Skip("there is no PostgreSQL server here: want initdb and pg_ctl, of Debian's package postgresql")
	}
	dir, err := os.MkdirTemp("/tmp", "pg-") // short: it is a part of the socket's name
	if err != nil {
		t.Fatal(err)
	}
	p := &postgres{bin: bin, dir: dir}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	p.run(t, "initdb", "--auth=trust", "--username=registry", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", p.data())
	p.run(t, "pg_ctl", "start", "--wait", "--silent", "-D", p.data(), "-l", filepath.Join(dir, "log"), "-o", "-c listen_addresses= -k "+dir+" -c fsync=off -c max_connections=60")
	theServer.postgres = p
	return p
}

func (p *postgres) address(name string) string {
	return "postgres://registry@/" + name + "?host=" + p.dir
}

func (p *postgres) data() string { return filepath.Join(p.dir, "data") }

// postgresBin is where the server's programs are: Debian keeps them out of the path.
func postgresBin() string {
	if file, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(file)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(slices.Max(found))
}

func (p *postgres) run(t testing.TB, name string, args ...string) {
	t.Helper()
	c := exec.Command(filepath.Join(p.bin, name), args...)
	c.Dir = p.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	log, err := os.Create(filepath.Join(p.dir, "said-"+name)) // no pipe: the server would hold it
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	c.Stdout, c.Stderr = log, log
	if err := c.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		t.Fatalf("%s: %v\n%s", name, err, said)
	}
}

// fresh makes a database and says where it is.
func (p *postgres) fresh(t testing.TB) string {
	t.Helper()
	theServer.Lock()
	defer theServer.Unlock()
	p.made++
	name := "test" + strconv.Itoa(p.made)
	db, err := sql.Open("pgx", p.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return p.address(name)
}

// crash ends the server at once, as when its machine loses power, and starts it again.
func (p *postgres) crash(t testing.TB) {
	p.run(t, "pg_ctl", "restart", "--wait", "--silent", "--mode=immediate", "-D", p.data(), "-l", filepath.Join(p.dir, "log"))
}

func (p *postgres) stop() {
	c := exec.Command(filepath.Join(p.bin, "pg_ctl"), "stop", "--silent", "--mode=immediate", "-D", p.data())
	c.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	c.Dir = p.dir
	_ = c.Run()
	os.RemoveAll(p.dir)
}

func TestMain(m *testing.M) {
	if place := os.Getenv(workerPlace); place != "" {
		os.Exit(workerProcess(context.Background(), place))
	}
	code := m.Run()
	if theServer.postgres != nil {
		theServer.stop()
	}
	os.Exit(cmp.Or(code, 0))
}
