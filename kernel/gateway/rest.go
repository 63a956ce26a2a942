package gateway

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"path"
)

// maxBody is the most bytes of a request's body; bodies are small objects.
const maxBody = 1 << 20

// routes are Jupyter Server's paths, as far as they concern kernels.
func (g *Gateway) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(r *http.Request) (status int, answer any, err error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			status, answer, err := h(r)
			if err != nil {
				fail(w, statusOf(err), err.Error())
				return
			}
			reply(w, status, answer)
		})
	}
	handle("GET /api", func(*http.Request) (int, any, error) { return 200, map[string]string{"version": g.cfg.Version}, nil })
	handle("GET /api/{$}", func(*http.Request) (int, any, error) { return 200, map[string]string{"version": g.cfg.Version}, nil })
	handle("GET /api/status", g.status)
	handle("GET /api/me", me)
	handle("GET /api/kernelspecs", g.specs)
	handle("GET /api/kernelspecs/{name}", g.spec)
	mux.HandleFunc("GET /kernelspecs/{name}/{file}", g.specFile)

	handle("GET /api/kernels", g.listKernels)
	handle("POST /api/kernels", g.startKernel)
	handle("GET /api/kernels/{id}", g.showKernel)
	handle("DELETE /api/kernels/{id}", g.stopKernel)
	handle("POST /api/kernels/{id}/interrupt", g.interruptKernel)
	handle("POST /api/kernels/{id}/restart", g.restartKernel)
	mux.HandleFunc("GET /api/kernels/{id}/channels", g.channels)
	handle("GET /api/kernels/{id}/cells", g.showCells) // ours

	handle("GET /api/sessions", g.listSessions)
	handle("POST /api/sessions", g.startSession)
	handle("GET /api/sessions/{id}", g.showSession)
	handle("PATCH /api/sessions/{id}", g.changeSession)
	handle("DELETE /api/sessions/{id}", g.stopSession)

	handle("/api/", func(*http.Request) (int, any, error) { return 0, nil, errNotServed })
	if g.cfg.Pages != nil {
		mux.Handle("/", g.cfg.Pages)
	}
	return mux
}

var (
	errNotServed = errors.New("this part of Jupyter's API is not served here")
	errNotFound  = errors.New("there is none of that name")
	errBadBody   = errors.New("the body is not what is expected")
)

func statusOf(err error) int {
	switch {
	case errors.Is(err, errGone), errors.Is(err, errNotServed), errors.Is(err, errNotFound):
		return http.StatusNotFound
	case errors.Is(err, errTooMany), errors.Is(err, errClosing):
		return http.StatusServiceUnavailable
	case errors.Is(err, errBadBody):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// fail answers as Jupyter Server does.
func fail(w http.ResponseWriter, status int, why string) {
	reply(w, status, map[string]any{"message": why, "reason": nil})
}

func reply(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Cache-Control", "no-store")
	if answer == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer) // who has left needs no answer
}

func decode(r *http.Request, into any) error {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		return errors.Join(errBadBody, err)
	}
	return nil
}

func (g *Gateway) status(*http.Request) (int, any, error) {
	last, clients, kernels := g.started, 0, g.kernels.list()
	for _, k := range kernels {
		k.mu.Lock()
		clients += k.clients
		if k.active.After(last) {
			last = k.active
		}
		k.mu.Unlock()
	}
	return 200, map[string]any{"started": stamp(g.started), "last_activity": stamp(last), "connections": clients, "kernels": len(kernels)}, nil
}

// me is the one user there is.
func me(*http.Request) (int, any, error) {
	return 200, map[string]any{
		"identity":    map[string]any{"username": "reader", "name": "Reader", "display_name": "Reader", "initials": "R", "avatar_url": nil, "color": nil},
		"permissions": map[string]any{},
	}, nil
}

func (g *Gateway) specs(*http.Request) (int, any, error) {
	return 200, map[string]any{"default": g.cfg.SpecName, "kernelspecs": map[string]any{g.cfg.SpecName: g.specModel()}}, nil
}

func (g *Gateway) spec(r *http.Request) (int, any, error) {
	if r.PathValue("name") != g.cfg.SpecName {
		return 0, nil, errNotFound
	}
	return 200, g.specModel(), nil
}

func (g *Gateway) specModel() map[string]any {
	resources := map[string]string{}
	if g.cfg.Files != nil {
		names, _ := fs.Glob(g.cfg.Files, "logo-*")
		for _, name := range names {
			base := name[:len(name)-len(path.Ext(name))]
			resources[base] = "/kernelspecs/" + g.cfg.SpecName + "/" + name
		}
	}
	return map[string]any{"name": g.cfg.SpecName, "spec": json.RawMessage(g.cfg.Spec), "resources": resources}
}

func (g *Gateway) specFile(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("name") != g.cfg.SpecName || g.cfg.Files == nil {
		fail(w, http.StatusNotFound, "no such kernelspec")
		return
	}
	http.ServeFileFS(w, r, g.cfg.Files, r.PathValue("file"))
}

func (g *Gateway) listKernels(*http.Request) (int, any, error) {
	models := []kernelModel{}
	for _, k := range g.kernels.list() {
		models = append(models, k.model(g.cfg.SpecName))
	}
	return 200, models, nil
}

// startKernel takes any name: clients ask for the kernel of their own language when they do not know better, and there is only one here.
func (g *Gateway) startKernel(r *http.Request) (int, any, error) {
	var body struct{ Name, Path string }
	if r.ContentLength != 0 {
		if err := decode(r, &body); err != nil {
			return 0, nil, err
		}
	}
	k, err := g.kernels.start(r.Context(), body.Path)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, k.model(g.cfg.SpecName), nil
}

func (g *Gateway) showKernel(r *http.Request) (int, any, error) {
	k, err := g.kernels.get(r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	return 200, k.model(g.cfg.SpecName), nil
}

// showCells is what the kernel's cells show.
func (g *Gateway) showCells(r *http.Request) (int, any, error) {
	k, err := g.kernels.get(r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	return 200, k.written.model(), nil
}

func (g *Gateway) stopKernel(r *http.Request) (int, any, error) {
	k, err := g.kernels.get(r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	k.shutdown(r.Context())
	return http.StatusNoContent, nil, nil
}

func (g *Gateway) interruptKernel(r *http.Request) (int, any, error) {
	k, err := g.kernels.get(r.PathValue("id"))
	if err == nil {
		err = k.interrupt(r.Context())
	}
	return http.StatusNoContent, nil, err
}

func (g *Gateway) restartKernel(r *http.Request) (int, any, error) {
	k, err := g.kernels.get(r.PathValue("id"))
	if err == nil {
		err = k.restart(r.Context())
	}
	if err != nil {
		return 0, nil, err
	}
	return 200, k.model(g.cfg.SpecName), nil
}
