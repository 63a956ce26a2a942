package registry

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is all in which the two databases differ. Their queries are the same.
type dialect struct {
	words  *strings.Replacer // in the schema
	guard  string            // makes a table refuse changes; %[1]s is its name
	clock  string            // milliseconds since 1970, by the database's clock
	passes func(error) bool  // tells an error that goes away by itself
	starts func(error) bool  // tells one that goes away once the server is up: no other is waited for where an address may be wrong
}

//go:embed schema.sql
var schema string

// openSQLite opens a file. Writers wait for each other; what was committed is on the disk.
func (r *Registry) openSQLite(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(20000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	if r.db, err = sql.Open("sqlite", address.String()); err != nil {
		return err
	}
	r.db.SetMaxOpenConns(1) // there is one writer; River's driver asks for it, too
	r.driver, r.dialect = riversqlite.New(r.db), sqliteDialect
	return nil
}

var sqliteDialect = dialect{
	words: strings.NewReplacer("BYTES", "BLOB", "FLOAT", "REAL"),
	guard: `CREATE TRIGGER IF NOT EXISTS %[1]s_stay BEFORE UPDATE ON %[1]s BEGIN SELECT RAISE(ABORT, 'rows of %[1]s are never changed'); END;
CREATE TRIGGER IF NOT EXISTS %[1]s_remain BEFORE DELETE ON %[1]s BEGIN SELECT RAISE(ABORT, 'rows of %[1]s are never removed'); END;`,
	clock:  "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
	passes: busy,
	starts: busy,
}

func busy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && slices.Contains([]int{sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}, e.Code()&0xff)
}

// openPostgres opens an address. River's driver for database/sql is used, not the one for pgx alone, so that both databases are spoken to by the same code.
func (r *Registry) openPostgres(address string) error {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return err // it leaves passwords out
	}
	r.db = stdlib.OpenDB(*c)
	r.db.SetMaxOpenConns(8)
	r.db.SetMaxIdleConns(8)
	r.driver, r.dialect = riverdatabasesql.New(r.db), postgresDialect
	return nil
}

var postgresDialect = dialect{
	words: strings.NewReplacer("BYTES", "BYTEA", "FLOAT", "DOUBLE PRECISION"),
	guard: `CREATE OR REPLACE FUNCTION registry_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rows of %% are never changed or removed', TG_TABLE_NAME; END $$;
CREATE OR REPLACE TRIGGER %[1]s_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON %[1]s EXECUTE FUNCTION registry_stay();`,
	clock: "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
	passes: func(err error) bool {
		if e, ok := errors.AsType[*pgconn.PgError](err); ok {
			// Connections that broke, a server that goes down or comes up, and transactions that have to be done again (PostgreSQL's manual, appendix A).
			return slices.Contains([]string{"08", "40", "53", "57"}, e.Code[:min(2, len(e.Code))])
		}
		if pgconn.SafeToRetry(err) {
			return true
		}
		if _, ok := errors.AsType[*net.OpError](err); ok {
			return true
		}
		return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone},
			func(gone error) bool { return errors.Is(err, gone) })
	},
	starts: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && e.Code == "57P03" // cannot_connect_now
	},
}

// lasting are the tables whose rows are never changed.
var lasting = []string{"blobs", "submissions", "attempts", "results", "failures", "told", "audit"}

const version = 1

// migrate makes River's tables and ours, as far as they are not there.
func (r *Registry) migrate(ctx context.Context) error {
	m, err := rivermigrate.New(r.driver, &rivermigrate.Config{Logger: silent})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("the queue's: %w", err)
	}
	have := 0
	switch err := r.db.QueryRowContext(ctx, "SELECT version FROM registry_version").Scan(&have); {
	case err != nil: // there are none, or creating them says what else it is
		return r.tx(ctx, func(tx *sql.Tx) error { return r.create(ctx, tx) })
	case have != version:
		return fmt.Errorf("its tables are of version %d, want %d", have, version)
	}
	return nil
}

func (r *Registry) create(ctx context.Context, tx *sql.Tx) error {
	text := r.dialect.words.Replace(schema)
	for _, table := range lasting {
		text += fmt.Sprintf(r.dialect.guard, table) + "\n"
	}
	_, err := tx.ExecContext(ctx, text)
	return err
}
