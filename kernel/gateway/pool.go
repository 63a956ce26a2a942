package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// farewell is how long clients may take to hear that the kernels are gone.
const farewell = time.Second

// spare is how long a kernel must have been without clients before it may have to give way to another.
const spare = time.Minute

var (
	// errTooMany says that the limit on the number of kernels is reached.
	errTooMany = errors.New("too many kernels")
	// errClosing says that the gateway has been closed.
	errClosing = errors.New("the server is ending")
)

// pool is the kernels there are.
type pool struct {
	cfg    *Config
	now    func() time.Time
	launch func(ctx context.Context, dir string) (*process, error)

	stopped chan struct{}
	running sync.WaitGroup

	mu      sync.Mutex
	kernels map[string]*kernel
	closed  bool
}

func newPool(cfg *Config) *pool {
	p := &pool{
		cfg: cfg, now: time.Now, kernels: map[string]*kernel{}, stopped: make(chan struct{}),
		launch: func(ctx context.Context, dir string) (*process, error) { return start(ctx, cfg.Command, dir) },
	}
	if cfg.Idle > 0 {
		p.running.Go(p.watch)
	}
	return p
}

// watch sweeps often enough for nobody to stay much longer than is allowed.
func (p *pool) watch() {
	tick := time.NewTicker(max(time.Second, min(time.Minute, p.cfg.Idle/4)))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.sweep()
		case <-p.stopped:
			return
		}
	}
}

// sweep shuts down who has been idle for too long, whether somebody is connected or not: a page that is left open keeps nothing alive.
func (p *pool) sweep() {
	var ending sync.WaitGroup
	for _, k := range p.list() {
		if since, is := k.idleSince(); is && p.now().Sub(since) >= p.cfg.Idle {
			p.cfg.Logf("kernel %s had nothing to do for %v: shutting down", k.id, p.cfg.Idle)
			ending.Go(func() { k.shutdown(context.Background()) })
		}
	}
	ending.Wait()
}

// start starts a kernel that works in the folder of a path.
func (p *pool) start(ctx context.Context, path string) (*kernel, error) {
	k, err := p.reserve(path)
	if err != nil {
		return nil, err
	}
	proc, err := k.start(ctx)
	if err != nil {
		p.remove(k)
		return nil, err
	}
	p.running.Go(func() {
		k.run(proc)
		p.remove(k)
	})
	if _, err := k.process(ctx, nil); err != nil {
		return nil, err
	}
	return k, nil
}

// reserve takes a place, that of a kernel which nobody uses if there is no other.
func (p *pool) reserve(path string) (*kernel, error) {
	p.mu.Lock()
	full := len(p.kernels) >= p.cfg.MaxKernels
	p.mu.Unlock()
	if k := p.spared(); full && k != nil {
		p.cfg.Logf("kernel %s gives way: nobody is connected to it", k.id)
		k.shutdown(context.Background())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, errClosing
	case len(p.kernels) >= p.cfg.MaxKernels:
		return nil, fmt.Errorf("%w: all %d that are allowed are in use", errTooMany, p.cfg.MaxKernels)
	}
	k := newKernel(newID(), p.dir(path), p)
	p.kernels[k.id] = k
	return k, nil
}

// spared is the kernel that has been without clients and work for the longest, nil when none has for long enough.
func (p *pool) spared() (found *kernel) {
	oldest := p.now().Add(-spare)
	for _, k := range p.list() {
		if since, is := k.unusedSince(); is && !since.After(oldest) {
			found, oldest = k, since
		}
	}
	return found
}

// dir is the folder of a path below the root; the root for a path that leads elsewhere or nowhere.
func (p *pool) dir(path string) string {
	folder := filepath.Dir(filepath.FromSlash(path))
	if path == "" || !filepath.IsLocal(folder) {
		return p.cfg.Root
	}
	dir := filepath.Join(p.cfg.Root, folder)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return p.cfg.Root
	}
	return dir
}

func (p *pool) get(id string) (*kernel, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.kernels[id]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("kernel %s: %w", id, errGone)
}

// list is all kernels, the eldest id first.
func (p *pool) list() []*kernel {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Values(p.kernels), func(a, b *kernel) int { return cmp.Compare(a.id, b.id) })
}

// remove forgets a kernel that has ended before it says so: who has waited for the end of one finds it nowhere.
func (p *pool) remove(k *kernel) {
	p.mu.Lock()
	delete(p.kernels, k.id)
	p.mu.Unlock()
	k.end()
	close(k.ended)
}

func (p *pool) close(ctx context.Context) {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.stopped)
	}
	p.mu.Unlock()
	for _, k := range p.list() {
		p.running.Go(func() {
			k.shutdown(ctx)
			told, cancel := context.WithTimeout(ctx, farewell)
			defer cancel()
			k.deserted(told)
		})
	}
	p.running.Wait()
}

// newID is a random UUID (RFC 9562, version 4): front ends put the ids of kernels into addresses, and match them as such.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
