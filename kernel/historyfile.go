package kernel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// historyFile stores entries as lines of JSON, appended under a lock that all kernels share. A line with the number 0
// begins a session. A kernel that is killed while it writes leaves at most one broken line, which readers skip.
type historyFile struct {
	path string
}

// The file is cut to its newest entries when a session begins and it has grown beyond this size.
const (
	historyBytes = 8 << 20
	historyKeep  = 10000
)

type historyLine struct {
	entry
	Time string `json:"t,omitempty"` // when a session began
}

// HistoryFile is where inputs are remembered if nothing else is said: in the user's data directory; "" when there is none.
func HistoryFile() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	dir := filepath.Join(home, ".local", "share")
	if runtime.GOOS == "darwin" {
		dir = filepath.Join(home, "Library", "Application Support")
	}
	if d := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
		dir = d
	}
	return filepath.Join(dir, "resident", "history.jsonl")
}

// begin takes the number of a new session.
func (f *historyFile) begin(now time.Time) (session int, err error) {
	if f.path == "" {
		return 0, errors.New("history: no home directory")
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return 0, fmt.Errorf("history: %w", err)
	}
	err = f.locked(unix.LOCK_EX, func() error {
		last, size, err := f.last()
		if err != nil {
			return err
		}
		session = last + 1
		if size > historyBytes {
			if err := f.cut(); err != nil {
				return err
			}
		}
		return f.append(historyLine{entry: entry{Session: session}, Time: now.UTC().Format(time.RFC3339)})
	})
	return session, err
}

func (f *historyFile) add(e entry) error {
	return f.locked(unix.LOCK_EX, func() error { return f.append(historyLine{entry: e}) })
}

func (f *historyFile) read() ([]entry, error) {
	var es []entry
	err := f.locked(unix.LOCK_SH, func() error {
		lines, err := f.lines()
		for _, l := range lines {
			if l.Line > 0 {
				es = append(es, l.entry)
			}
		}
		return err
	})
	return es, err
}

// locked holds the lock during work. The lock is a file of its own, because cutting replaces the file with the entries.
func (f *historyFile) locked(how int, work func() error) error {
	lock, err := os.OpenFile(f.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	defer lock.Close()
	for {
		err := unix.Flock(int(lock.Fd()), how)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("history: lock %s: %w", lock.Name(), err)
		}
	}
	if err := work(); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	return nil
}

// lines reads everything that can be read.
func (f *historyFile) lines() (lines []historyLine, err error) {
	raw, err := f.raw()
	for line := range bytes.Lines(raw) {
		if l, ok := parseLine(line); ok {
			lines = append(lines, l)
		}
	}
	return lines, err
}

// last returns the newest session's number. Sessions begin in the order of their numbers, so the last line that begins one has it, and what was typed in all
// the years before need not be parsed: each start of a kernel waits for this.
func (f *historyFile) last() (session, size int, err error) {
	raw, err := f.raw()
	size = len(raw)
	for len(raw) > 0 {
		start := bytes.LastIndexByte(raw[:len(raw)-1], '\n') + 1
		l, ok := parseLine(raw[start:])
		raw = raw[:start]
		if !ok {
			continue
		}
		session = max(session, l.Session)
		if l.Line == 0 {
			break
		}
	}
	return session, size, err
}

func (f *historyFile) raw() ([]byte, error) {
	raw, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return raw, err
}

func parseLine(line []byte) (l historyLine, ok bool) {
	return l, json.Unmarshal(line, &l) == nil && l.Session > 0
}

// append writes one line, after ending a line that somebody else left half-written.
func (f *historyFile) append(l historyLine) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if endsHalf(file) {
		b = append([]byte("\n"), b...)
	}
	_, err = file.Write(append(b, '\n'))
	return errors.Join(err, file.Close())
}

func endsHalf(file *os.File) bool {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, end-1)
	return err == nil && last[0] != '\n'
}

// cut keeps the newest lines. The new file takes the place of the old one when it is complete.
func (f *historyFile) cut() error {
	lines, err := f.lines()
	if err != nil {
		return err
	}
	lines = lines[max(0, len(lines)-historyKeep):]
	tmp, err := os.CreateTemp(filepath.Dir(f.path), "history-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	w := bufio.NewWriter(tmp)
	enc := json.NewEncoder(w)
	for _, l := range lines {
		if err := enc.Encode(l); err != nil {
			return errors.Join(err, tmp.Close())
		}
	}
	if err := errors.Join(w.Flush(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), f.path)
}
