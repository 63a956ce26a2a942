package engine

import (
	"context"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestToolStopped: a tool that is stopped takes along what it has started. All of them hold a pipe, which ends when they have.
func TestToolStopped(t *testing.T) {
	alive, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "sh", "-c", "sleep 1000 & echo started >&3; wait")
	cmd.ExtraFiles = []*os.File{held}
	ended := make(chan error, 1)
	go func() {
		_, err := output(cmd)
		held.Close()
		ended <- err
	}()
	if _, err := io.ReadFull(alive, make([]byte, len("started\n"))); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("the tool was stopped, and there is no error")
	}
	if err := alive.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(alive); err != nil {
		t.Errorf("what the tool had started lives on: %v", err)
	}
}
