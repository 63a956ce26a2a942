package zmtp

import (
	"context"
	"fmt"
)

// Ask connects to a socket that somebody else has bound, as a DEALER, sends a message, and returns the one that comes back. The context ends the
// wait.
func Ask(ctx context.Context, endpoint string, frames [][]byte) (answer [][]byte, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("ask %s: %w", endpoint, err)
		}
	}()
	c, err := DialDealer(ctx, endpoint, "", Options{})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if err = c.Send(frames); err == nil {
		answer, err = c.Receive()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return answer, err
}
