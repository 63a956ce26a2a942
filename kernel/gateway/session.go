package gateway

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// session is a document with a kernel, as front ends see it. There is no more to it than these words: the kernel is what matters.
type session struct {
	ID   string `json:"id"`
	Path string `json:"path"`
	Name string `json:"name"`
	Type string `json:"type"`

	kernel *kernel
}

// sessionModel is a session as REST shows it.
type sessionModel struct {
	session
	Kernel   kernelModel    `json:"kernel"`
	Notebook map[string]any `json:"notebook"` // deprecated, and asked for
}

// sessions are those whose kernels live.
type sessions struct {
	pool *pool

	mu       sync.Mutex
	byID     map[string]session
	starting map[string]chan struct{} // by path: closed when its session is there, or is not to be
}

func newSessions(p *pool) *sessions {
	return &sessions{pool: p, byID: map[string]session{}, starting: map[string]chan struct{}{}}
}

// list leaves out, and forgets, sessions whose kernels are gone.
func (s *sessions) list() []session {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.byID, func(_ string, one session) bool {
		_, err := s.pool.get(one.kernel.id)
		return err != nil
	})
	return slices.SortedFunc(maps.Values(s.byID), func(a, b session) int { return cmp.Compare(a.ID, b.ID) })
}

func (s *sessions) get(id string) (session, error) {
	for _, one := range s.list() {
		if one.ID == id {
			return one, nil
		}
	}
	return session{}, errNotFound
}

// claim waits until nobody else starts a session for the path. From then on nobody does until release is called.
func (s *sessions) claim(ctx context.Context, path string) (release func(), err error) {
	for {
		s.mu.Lock()
		other := s.starting[path]
		if other == nil {
			mine := make(chan struct{})
			s.starting[path] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				delete(s.starting, path)
				close(mine)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *sessions) put(one session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[one.ID] = one
}

func (s *sessions) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

func (g *Gateway) sessionModel(s session) sessionModel {
	return sessionModel{session: s, Kernel: s.kernel.model(g.cfg.SpecName), Notebook: map[string]any{"path": s.Path, "name": s.Name}}
}

// sessionBody is what clients ask for. What is missing stays as it is.
type sessionBody struct {
	Path, Name, Type *string
	Kernel           *struct{ ID, Name *string }
}

// apply starts a kernel where none is named.
func (s *sessions) apply(ctx context.Context, one *session, b sessionBody) error {
	for _, f := range []struct{ from, to *string }{{b.Path, &one.Path}, {b.Name, &one.Name}, {b.Type, &one.Type}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	var err error
	switch {
	case b.Kernel != nil && b.Kernel.ID != nil && *b.Kernel.ID != "":
		one.kernel, err = s.pool.get(*b.Kernel.ID)
	case one.kernel == nil || b.Kernel != nil && b.Kernel.Name != nil:
		one.kernel, err = s.pool.start(ctx, one.Path)
	}
	return err
}

func (g *Gateway) listSessions(*http.Request) (int, any, error) {
	models := []sessionModel{}
	for _, s := range g.sessions.list() {
		models = append(models, g.sessionModel(s))
	}
	return 200, models, nil
}

// startSession returns the session that the path has, if there is one, or if another request is about to start it.
func (g *Gateway) startSession(r *http.Request) (int, any, error) {
	var b sessionBody
	if err := decode(r, &b); err != nil {
		return 0, nil, err
	}
	if b.Path != nil {
		release, err := g.sessions.claim(r.Context(), *b.Path)
		if err != nil {
			return 0, nil, err
		}
		defer release()
		for _, s := range g.sessions.list() {
			if s.Path == *b.Path {
				return http.StatusCreated, g.sessionModel(s), nil
			}
		}
	}
	s := session{ID: newID(), Type: "notebook"}
	if err := g.sessions.apply(r.Context(), &s, b); err != nil {
		return 0, nil, err
	}
	g.sessions.put(s)
	return http.StatusCreated, g.sessionModel(s), nil
}

func (g *Gateway) showSession(r *http.Request) (int, any, error) {
	s, err := g.sessions.get(r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	return 200, g.sessionModel(s), nil
}

func (g *Gateway) changeSession(r *http.Request) (int, any, error) {
	s, err := g.sessions.get(r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	var b sessionBody
	if err := decode(r, &b); err != nil {
		return 0, nil, err
	}
	old := s.kernel
	if err := g.sessions.apply(r.Context(), &s, b); err != nil {
		return 0, nil, err
	}
	g.sessions.put(s)
	if s.kernel != old {
		old.shutdown(r.Context())
	}
	return 200, g.sessionModel(s), nil
}

// stopSession ends the kernel, too.
func (g *Gateway) stopSession(r *http.Request) (int, any, error) {
	s, err := g.sessions.get(r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	s.kernel.shutdown(r.Context())
	g.sessions.remove(s.ID)
	return http.StatusNoContent, nil, nil
}
