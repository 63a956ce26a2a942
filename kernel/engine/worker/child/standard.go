package child

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// standard is one of the process's standard streams. A cell can close it as it can close any file, and then nothing that is printed is seen
// any more. In a program of its own that would last until the program ends; here, until the next run begins.
type standard struct {
	file *os.File // as everybody has it
	fd   int
	copy int // of the descriptor
}

// mend gives back what was closed: the descriptor, unless another file has got its number since, and the file to all who hold it, such
// as package log. A stream that was led elsewhere, by assigning to os.Stdout or by dup2, stays there.
func (s standard) mend() error {
	_, err := s.file.Stat()
	if err == nil {
		return nil
	}
	fd := s.fd
	var is syscall.Stat_t
	if syscall.Fstat(fd, &is) == nil { // somebody else's by now
		fd, err = dupHidden(s.copy)
	} else {
		err = copyTo(s.copy, fd)
	}
	if err != nil {
		return fmt.Errorf("open %s again: %w", s.file.Name(), err)
	}
	if _, err := s.file.Stat(); errors.Is(err, os.ErrClosed) {
		*s.file = *os.NewFile(uintptr(fd), s.file.Name())
	}
	return nil
}

// findStandard copies the descriptors of the standard streams, as far as they are open.
func (s *sender) findStandard() []standard {
	list := []standard{{os.Stdout, 1, s.stdout}, {os.Stderr, 2, s.stderr}}
	if stdin, err := dupHidden(0); err == nil {
		list = append(list, standard{os.Stdin, 0, stdin})
	}
	return list
}

// mendStandard looks after all of them. What cannot be mended is said where somebody may see it.
func (p *process) mendStandard() {
	for _, s := range p.standard {
		if err := s.mend(); err != nil {
			writeAll(p.out.stderr, []byte("resident worker: "+err.Error()+"\n"))
		}
	}
}
