package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/resident-go/resident/lessons/grade"
)

// Outcome is what asking for an attempt has come to.
type Outcome struct {
	Key
	Attempt *grade.Attempt
	Failure string // why there is no attempt
}

// Await calls each with the outcome of every key, as they come, and returns when all have come.
func (r *Registry) Await(ctx context.Context, keys []Key, each func(Outcome) error) error {
	head, err := r.Head(ctx)
	if err != nil {
		return err
	}
	waiting := map[Key]bool{}
	for _, k := range keys {
		waiting[k] = true
	}
	for _, k := range keys {
		if err := r.arrived(ctx, waiting, k, each); err != nil {
			return err
		}
	}
	for len(waiting) > 0 {
		news, err := r.since(ctx, head.Seq)
		if err != nil {
			return err
		}
		head.Seq += int64(len(news))
		for _, k := range news {
			if err := r.arrived(ctx, waiting, k, each); err != nil {
				return err
			}
		}
		if len(news) == 0 {
			if err := r.pause(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// since are the keys that the log speaks of after a row.
func (r *Registry) since(ctx context.Context, seq int64) (keys []Key, err error) {
	err = r.steadily(ctx, func() error {
		keys = nil
		return r.entries(ctx, func(e *Entry) error {
			keys = append(keys, e.Key)
			return nil
		}, "SELECT "+entryColumns+" FROM audit WHERE seq > $1 ORDER BY seq", seq)
	})
	return keys, err
}

// arrived hands on the outcome of a key that is waited for, if it is there.
func (r *Registry) arrived(ctx context.Context, waiting map[Key]bool, k Key, each func(Outcome) error) error {
	if !waiting[k] {
		return nil
	}
	o, err := r.outcome(ctx, k)
	if err != nil || o == nil {
		return err
	}
	delete(waiting, k)
	return each(*o)
}

// pause waits until there may be something new.
func (r *Registry) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-r.moved:
	case <-time.After(r.poll):
	}
	return nil
}

// outcome is that of a key, or nil.
func (r *Registry) outcome(ctx context.Context, k Key) (o *Outcome, err error) {
	err = r.steadily(ctx, func() error {
		o, err = r.lookUp(ctx, k)
		return err
	})
	return o, err
}

func (r *Registry) lookUp(ctx context.Context, k Key) (*Outcome, error) {
	var data []byte
	err := r.db.QueryRowContext(ctx, "SELECT data FROM attempts JOIN blobs ON digest = content"+ofKey, k.Submission, k.Grader, k.Run).Scan(&data)
	if err == nil {
		o := &Outcome{Key: k, Attempt: new(grade.Attempt)}
		if err := json.Unmarshal(data, o.Attempt); err != nil {
			return nil, fmt.Errorf("read a stored attempt: %w", err)
		}
		return o, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	o := &Outcome{Key: k}
	err = r.db.QueryRowContext(ctx, "SELECT why FROM failures"+ofKey, k.Submission, k.Grader, k.Run).Scan(&o.Failure)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return o, err
}
