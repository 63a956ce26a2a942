package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestPasses(t *testing.T) {
	for _, row := range []struct {
		err            error
		passes, starts bool
	}{
		{&pgconn.PgError{Code: "57P03"}, true, true},                                  // it starts
		{&pgconn.PgError{Code: "57P01"}, true, false},                                 // it ends
		{&pgconn.PgError{Code: "40P01"}, true, false},                                 // a deadlock
		{&pgconn.PgError{Code: "23505"}, false, false},                                // a key is there already
		{&pgconn.PgError{}, false, false},                                             //
		{fmt.Errorf("begin: %w", &net.OpError{Op: "dial", Err: io.EOF}), true, false}, // nobody listens
		{fmt.Errorf("commit: %w", io.ErrUnexpectedEOF), true, false},                  // the connection broke
		{sql.ErrNoRows, false, false},                                                 //
		{fmt.Errorf("read a stored attempt: %w", &json.SyntaxError{}), false, false},  //
		{context.Canceled, false, false},                                              //
	} {
		if d := postgresDialect; d.passes(row.err) != row.passes || d.starts(row.err) != row.starts {
			t.Errorf("%v: passes %v, starts %v", row.err, d.passes(row.err), d.starts(row.err))
		}
	}
}
