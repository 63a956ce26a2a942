// Streams, events and graphs. What is handed over waits in a queue until somebody waits for it.
#include "fake.h"

#include <chrono>
#include <cstring>

namespace fake {

int run(const kernel_launch &l) {
	if (l.fails != SUCCESS) {
		return l.fails;
	}
	simt::launch one = {l.f->kernel, l.args.data(), l.args.size(), {l.grid[0], l.grid[1], l.grid[2]}, l.threads, l.shared};
	std::string why;
	int code = simt::run(one, why);
	return code == SUCCESS ? code : refuse(code, "kernel %s: %s", l.f->name.c_str(), why.c_str());
}

static int queue(stream *s, work w) {
	s->queue.push_back({++s->handed_over, std::move(w)});
	return SUCCESS;
}

int hand_over(stream *s, work w) {
	if (s->capturing == nullptr) {
		return queue(s, std::move(w));
	}
	std::unique_ptr<node> n(new node{std::move(w), {}});
	s->capturing->nodes.push_back(std::move(n));
	return SUCCESS;
}

int hand_over(stream *s, const kernel_launch &l) {
	if (s->capturing == nullptr) {
		return queue(s, [l] { return run(l); });
	}
	s->capturing->nodes.emplace_back(new node{{}, l});
	return SUCCESS;
}

int finish(context *c, stream *s, unsigned long long number) {
	while (!s->queue.empty() && s->queue.front().number <= number && c->broken == SUCCESS) {
		work todo = std::move(s->queue.front().todo);
		s->queue.pop_front();
		c->broken = todo();
	}
	return c->broken;
}

int finish_all(context *c) {
	for (stream *s : c->streams) {
		if (int code = finish(c, s, s->handed_over)) {
			return code;
		}
	}
	return SUCCESS;
}

int spoils_capture(context *c, const char *name) {
	for (stream *s : c->streams) {
		if (s->capturing != nullptr) {
			s->invalid = true;
			return refuse(CAPTURE_UNSUPPORTED, "%s during a capture", name);
		}
	}
	return SUCCESS;
}

template <class T> static void drop(std::set<T *> &all) {
	for (T *one : all) {
		delete one;
	}
	all.clear();
}

void release(context *c) {
	c->alive = false;
	forget_memory(c->device);
	forget_memory(c->pinned);
	drop(c->modules);
	drop(c->streams);
	drop(c->events);
	drop(c->graphs);
	drop(c->execs);
	c->functions.clear();
}

static double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

} // namespace fake

using namespace fake;

#define KNOWN(set, object)                                                \
	if ((set).count(object) == 0) {                                          \
		return refuse(INVALID_HANDLE, "%s: %s is gone or was never", __func__, #object); \
	}

EXPORT cuStreamCreate(stream **s, unsigned flags) {
	BEGIN(c);
	if (flags > 1) {
		return INVALID_VALUE;
	}
	*s = new stream;
	c->streams.insert(*s);
	return SUCCESS;
}

EXPORT cuStreamDestroy_v2(stream *s) {
	BEGIN(c);
	KNOWN(c->streams, s);
	int code = finish(c, s, s->handed_over);
	c->streams.erase(s);
	delete s;
	return code;
}

EXPORT cuStreamSynchronize(stream *s) {
	BEGIN(c);
	KNOWN(c->streams, s);
	if (int code = spoils_capture(c, __func__)) {
		return code;
	}
	return finish(c, s, s->handed_over);
}

EXPORT cuStreamBeginCapture_v2(stream *s, int mode) {
	BEGIN(c);
	KNOWN(c->streams, s);
	if (s->capturing != nullptr || mode < 0 || mode > 2) {
		return refuse(INVALID_VALUE, "a capture during a capture, or in mode %d", mode);
	}
	s->capturing = new graph;
	s->invalid = false;
	return SUCCESS;
}

EXPORT cuStreamEndCapture(stream *s, graph **g) {
	BEGIN(c);
	KNOWN(c->streams, s);
	*g = nullptr;
	if (s->capturing == nullptr) {
		return refuse(INVALID_VALUE, "the end of a capture that was not begun");
	}
	std::unique_ptr<graph> made(s->capturing);
	s->capturing = nullptr;
	if (s->invalid) {
		return CAPTURE_INVALIDATED;
	}
	*g = made.release();
	c->graphs.insert(*g);
	return SUCCESS;
}

EXPORT cuStreamGetCaptureInfo_v2(stream *s, int *status, unsigned long long *, graph **g, const node *const **last, size_t *n) {
	BEGIN(c);
	KNOWN(c->streams, s);
	static thread_local const node *depends;
	*status = s->capturing == nullptr ? 0 : s->invalid ? 2 : 1;
	bool any = s->capturing != nullptr && !s->capturing->nodes.empty();
	depends = any ? s->capturing->nodes.back().get() : nullptr;
	if (g != nullptr) {
		*g = s->capturing;
	}
	if (last != nullptr) {
		*last = &depends;
	}
	if (n != nullptr) {
		*n = any;
	}
	return SUCCESS;
}

EXPORT cuGraphInstantiateWithFlags(exec **made, graph *g, unsigned long long flags) {
	BEGIN(c);
	KNOWN(c->graphs, g);
	if (flags != 0) {
		return INVALID_VALUE;
	}
	*made = new exec;
	for (auto &n : g->nodes) {
		(*made)->of.push_back(n.get());
		(*made)->nodes.push_back(*n);
	}
	c->execs.insert(*made);
	return SUCCESS;
}

EXPORT cuGraphLaunch(exec *e, stream *s) {
	BEGIN(c);
	KNOWN(c->execs, e);
	KNOWN(c->streams, s);
	return hand_over(s, [nodes = e->nodes] { // as they are now
		for (auto &n : nodes) {
			if (int code = n.kernel.f != nullptr ? run(n.kernel) : n.other()) {
				return code;
			}
		}
		return (int)SUCCESS;
	});
}

// kernel_node is CUDA_KERNEL_NODE_PARAMS_v2.
struct kernel_node {
	function *f;
	unsigned grid[3], block[3], shared;
	void **params, **extra;
	void *kernel, *context;
};

EXPORT cuGraphExecKernelNodeSetParams_v2(exec *e, const node *n, const kernel_node *p) {
	BEGIN(c);
	KNOWN(c->execs, e);
	for (size_t i = 0; i < e->of.size(); i++) {
		if (e->of[i] == n) {
			if (n->kernel.f == nullptr || p->extra != nullptr) {
				break;
			}
			return check_launch(c, p->f, p->grid, p->block, p->shared, p->params, e->nodes[i].kernel);
		}
	}
	return refuse(INVALID_VALUE, "the graph has no such kernel node");
}

EXPORT cuGraphExecDestroy(exec *e) {
	BEGIN(c);
	KNOWN(c->execs, e);
	c->execs.erase(e);
	delete e;
	return SUCCESS;
}

EXPORT cuGraphDestroy(graph *g) {
	BEGIN(c);
	KNOWN(c->graphs, g);
	c->graphs.erase(g);
	delete g;
	return SUCCESS;
}

EXPORT cuEventCreate(event **e, unsigned) {
	BEGIN(c);
	*e = new event;
	c->events.insert(*e);
	return SUCCESS;
}

EXPORT cuEventRecord(event *e, stream *s) {
	BEGIN(c);
	KNOWN(c->events, e);
	KNOWN(c->streams, s);
	if (s->capturing != nullptr) {
		return refuse(NOT_SUPPORTED, "events in captures");
	}
	hand_over(s, [c, e] {
		if (c->events.count(e) != 0) {
			e->time = seconds();
		}
		return (int)SUCCESS;
	});
	e->in = s, e->number = s->handed_over;
	return SUCCESS;
}

EXPORT cuEventSynchronize(event *e) {
	BEGIN(c);
	KNOWN(c->events, e);
	if (int code = spoils_capture(c, __func__)) {
		return code;
	}
	return e->in != nullptr && c->streams.count(e->in) != 0 ? finish(c, e->in, e->number) : SUCCESS;
}

EXPORT cuEventElapsedTime(float *milliseconds, event *from, event *to) {
	BEGIN(c);
	KNOWN(c->events, from);
	KNOWN(c->events, to);
	*milliseconds = (float)((to->time - from->time) * 1e3);
	return from->time != 0 && to->time != 0 ? SUCCESS : INVALID_HANDLE;
}

EXPORT cuEventDestroy_v2(event *e) {
	BEGIN(c);
	KNOWN(c->events, e);
	c->events.erase(e);
	delete e;
	return SUCCESS;
}

EXPORT cuLaunchKernel(function *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, stream *s, void **params, void **extra) {
	BEGIN(c);
	KNOWN(c->streams, s);
	if (extra != nullptr) {
		return refuse(NOT_SUPPORTED, "arguments as a buffer");
	}
	unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
	kernel_launch l;
	if (int code = check_launch(c, f, grid, block, shared, params, l)) {
		return code;
	}
	return hand_over(s, l);
}
