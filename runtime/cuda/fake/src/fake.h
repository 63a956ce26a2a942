// A libcuda.so.1 without a GPU: the entry points of NVIDIA's driver that runtime/cuda uses, with kernels that run on the host (block.h).
//
// It is stricter than the real one. Work that was handed over is done as late as is allowed: when somebody waits for it. Memory is not what was in it before, copies must lie
// in one allocation and come from pinned memory, nothing that is gone may be used, and the geometry of launches must be what the kernel was compiled for. What it
// refuses is explained on the standard error output where RESIDENT_FAKE_CUDA_VERBOSE is set.
//
// Failures can be ordered by environment variables, which are looked at all the time:
//
//	RESIDENT_FAKE_CUDA_MEMORY=BYTES   how much memory the device has; 1 GiB if unset
//	RESIDENT_FAKE_CUDA_FAIL=NAME=CODE the next launch of a kernel, or the next call of an entry point, fails with a result code, once; a code after which a
//	                                  context can do nothing any more comes when the kernel runs
#pragma once

#include "block.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default"))) int

namespace fake {

typedef unsigned long long address;

enum code {
	SUCCESS = 0,
	INVALID_VALUE = 1,
	OUT_OF_MEMORY = 2,
	NOT_INITIALIZED = 3,
	INVALID_DEVICE = 101,
	INVALID_CONTEXT = 201,
	INVALID_PTX = 218,
	INVALID_HANDLE = 400,
	NOT_FOUND = 500,
	CONTEXT_IS_DESTROYED = 709,
	NOT_SUPPORTED = 801,
	CAPTURE_UNSUPPORTED = 900,
	CAPTURE_INVALIDATED = 901,
};

// lasting tells the codes after which a context can do nothing any more.
bool lasting(int code);

// refuse explains a result code and returns it.
int refuse(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

// ordered is the code that somebody ordered for a name; 0 if none, and once only.
int ordered(const char *name);

struct function {
	std::string name;
	void (*kernel)();
	size_t args;
	unsigned most;           // threads of a block
	unsigned shared;         // static
	unsigned dynamic = 48 << 10; // most that a launch may ask for
};

struct module {
	std::map<std::string, function> functions;
};

struct kernel_launch {
	function *f;
	unsigned grid[3], threads, shared;
	std::vector<char> args;
	int fails; // with this code, as ordered
};

// work is something in a stream's queue; it returns a result code.
typedef std::function<int()> work;

struct graph;

// node is something that was captured.
struct node {
	work other;           // of what is no kernel
	kernel_launch kernel; // f is null for the others
};

struct stream {
	struct item {
		unsigned long long number;
		work todo;
	};
	std::deque<item> queue;
	unsigned long long handed_over = 0;
	graph *capturing = nullptr;
	bool invalid = false;
};

struct event {
	stream *in = nullptr;
	unsigned long long number = 0;
	double time = 0;
};

struct graph {
	std::vector<std::unique_ptr<node>> nodes;
};

struct exec {
	std::vector<const node *> of; // in its graph
	std::vector<node> nodes;
};

// context owns all that was made in it.
struct context {
	bool alive = true;
	int broken = SUCCESS; // the code that lasts
	struct allocation {
		size_t size;
		void *map;
		size_t mapped;
	};
	std::map<address, allocation> device, pinned;
	size_t used = 0;
	std::set<module *> modules;
	std::set<stream *> streams;
	std::set<event *> events;
	std::set<graph *> graphs;
	std::set<exec *> execs;
	std::set<function *> functions;
};

extern std::recursive_mutex lock;

// enter begins an entry point that needs a context: it is current, and well.
int enter(const char *name, context *&c);

// hand_over puts work into a stream, or into the graph that it captures.
int hand_over(stream *s, work w);
int hand_over(stream *s, const kernel_launch &l);
// finish does what is in a stream, up to a number.
int finish(context *c, stream *s, unsigned long long number);
// finish_all does all that was handed over.
int finish_all(context *c);
int run(const kernel_launch &l);
// capturing is a stream of the context that captures, or null: some calls are not allowed meanwhile, and spoil the capture.
int spoils_capture(context *c, const char *name);

bool inside(const std::map<address, context::allocation> &all, address at, size_t size);
void release(context *c);
void forget_memory(std::map<address, context::allocation> &all);
int check_launch(context *c, function *f, const unsigned grid[3], const unsigned block[3], unsigned shared, void **params, kernel_launch &l);

// BEGIN begins an entry point.
#define BEGIN(c)                                            \
	std::lock_guard<std::recursive_mutex> locked_(fake::lock); \
	fake::context *c;                                          \
	if (int code_ = fake::enter(__func__, c)) {                \
		return code_;                                             \
	}

} // namespace fake
