//go:build cgo && linux

#include "driver.h"
#include "lt.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// Everything the driver makes is a pointer to something that only it knows; device addresses are numbers.
typedef void *handle;
typedef unsigned long long address;

// kernel_node is CUDA_KERNEL_NODE_PARAMS_v2.
struct kernel_node {
	handle function;
	unsigned int grid[3], block[3], shared;
	void **params, **extra;
	handle kernel, context;
};

// ENTRIES are the functions of the driver, by the names that the library exports.
#define ENTRIES(X) \
	X(cuInit, (unsigned)) \
	X(cuDriverGetVersion, (int *)) \
	X(cuDeviceGetCount, (int *)) \
	X(cuDeviceGet, (int *, int)) \
	X(cuDeviceGetName, (char *, int, int)) \
	X(cuDeviceGetAttribute, (int *, int, int)) \
	X(cuDeviceTotalMem_v2, (size_t *, int)) \
	X(cuDevicePrimaryCtxRetain, (handle *, int)) \
	X(cuDevicePrimaryCtxReset_v2, (int)) \
	X(cuCtxSetCurrent, (handle)) \
	X(cuModuleLoadDataEx, (handle *, const void *, unsigned, int *, void **)) \
	X(cuModuleGetFunction, (handle *, handle, const char *)) \
	X(cuFuncGetAttribute, (int *, int, handle)) \
	X(cuFuncSetAttribute, (handle, int, int)) \
	X(cuMemAlloc_v2, (address *, size_t)) \
	X(cuMemFree_v2, (address)) \
	X(cuMemGetInfo_v2, (size_t *, size_t *)) \
	X(cuMemHostAlloc, (void **, size_t, unsigned)) \
	X(cuMemHostGetDevicePointer_v2, (address *, void *, unsigned)) \
	X(cuMemcpyHtoDAsync_v2, (address, const void *, size_t, handle)) \
	X(cuMemcpyDtoHAsync_v2, (void *, address, size_t, handle)) \
	X(cuMemsetD8Async, (address, unsigned char, size_t, handle)) \
	X(cuStreamCreate, (handle *, unsigned)) \
	X(cuStreamSynchronize, (handle)) \
	X(cuStreamBeginCapture_v2, (handle, int)) \
	X(cuStreamEndCapture, (handle, handle *)) \
	X(cuStreamGetCaptureInfo_v2, (handle, int *, unsigned long long *, handle *, const handle **, size_t *)) \
	X(cuGraphInstantiateWithFlags, (handle *, handle, unsigned long long)) \
	X(cuGraphLaunch, (handle, handle)) \
	X(cuGraphExecKernelNodeSetParams_v2, (handle, handle, const struct kernel_node *)) \
	X(cuGraphExecDestroy, (handle)) \
	X(cuGraphDestroy, (handle)) \
	X(cuEventCreate, (handle *, unsigned)) \
	X(cuEventRecord, (handle, handle)) \
	X(cuEventSynchronize, (handle)) \
	X(cuEventElapsedTime, (float *, handle, handle)) \
	X(cuEventDestroy_v2, (handle)) \
	X(cuLaunchKernel, (handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, handle, void **, void **)) \
	X(cuGetErrorName, (int, const char **)) \
	X(cuGetErrorString, (int, const char **))

#define DECLARE(name, params) static int(*name) params;
ENTRIES(DECLARE)

static struct {
	const char *name;
	void **at;
} entries[] = {
#define ENTRY(name, params) {#name, (void **)&name},
	ENTRIES(ENTRY)
};

const char *driver_load(const char *path) {
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (lib == NULL) {
		return dlerror();
	}
	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
		*entries[i].at = dlsym(lib, entries[i].name);
		if (*entries[i].at == NULL) {
			return dlerror();
		}
	}
	return NULL;
}

const char *driver_error_name(int code) {
	const char *text = NULL;
	return cuGetErrorName(code, &text) == 0 && text != NULL ? text : "unknown error";
}

const char *driver_error_text(int code) {
	const char *text = NULL;
	return cuGetErrorString(code, &text) == 0 && text != NULL ? text : "no description";
}

int driver_count(int *n) {
	int code = cuInit(0);
	return code != 0 ? code : cuDeviceGetCount(n);
}

// TRY leaves a function with the first code that is no success.
#define TRY(call) \
	do { \
		int code_ = (call); \
		if (code_ != 0) { \
			return code_; \
		} \
	} while (0)

// ENTER makes the session's context that of this thread. Goroutines come on any thread, so each way into the driver begins with it.
#define ENTER(s) TRY(cuCtxSetCurrent((s)->context))

int session_open(struct session *s, int device, struct facts *f) {
	// Numbers of CUdevice_attribute.
	enum { MULTIPROCESSORS = 16, MAJOR = 75, MINOR = 76, SHARED_OPT_IN = 97 };
	size_t memory;
	TRY(cuDeviceGet(&s->device, device));
	TRY(cuDeviceGetName(f->name, sizeof f->name, s->device));
	TRY(cuDriverGetVersion(&f->driver));
	TRY(cuDeviceGetAttribute(&f->multiprocessors, MULTIPROCESSORS, s->device));
	TRY(cuDeviceGetAttribute(&f->major, MAJOR, s->device));
	TRY(cuDeviceGetAttribute(&f->minor, MINOR, s->device));
	TRY(cuDeviceGetAttribute(&f->shared, SHARED_OPT_IN, s->device));
	TRY(cuDeviceTotalMem_v2(&memory, s->device));
	f->memory = memory;
	TRY(cuDevicePrimaryCtxRetain(&s->context, s->device));
	ENTER(s);
	enum { NON_BLOCKING = 1 }; // CU_STREAM_NON_BLOCKING: it does not wait for other users of the context
	return cuStreamCreate(&s->stream, NON_BLOCKING);
}

// session_reset throws the context away, with all memory, after an error that it cannot recover from, and begins another.
int session_reset(struct session *s) {
	TRY(cuDevicePrimaryCtxReset_v2(s->device));
	TRY(cuDevicePrimaryCtxRetain(&s->context, s->device));
	ENTER(s);
	return cuStreamCreate(&s->stream, 1);
}

int session_sync(struct session *s) {
	ENTER(s);
	return cuStreamSynchronize(s->stream);
}

int memory_alloc(struct session *s, uint64_t *at, size_t bytes) {
	address a;
	ENTER(s);
	TRY(cuMemAlloc_v2(&a, bytes));
	*at = a;
	return 0;
}

int memory_free(struct session *s, uint64_t at) {
	ENTER(s);
	return cuMemFree_v2(at);
}

int memory_info(struct session *s, size_t *free, size_t *total) {
	ENTER(s);
	return cuMemGetInfo_v2(free, total);
}

int memory_clear(struct session *s, uint64_t at, size_t bytes) {
	ENTER(s);
	return cuMemsetD8Async(at, 0, bytes, s->stream);
}

int memory_pinned(struct session *s, void **host, uint64_t *device, size_t bytes) {
	enum { MAPPED = 2 }; // CU_MEMHOSTALLOC_DEVICEMAP
	address a;
	ENTER(s);
	TRY(cuMemHostAlloc(host, bytes, MAPPED));
	memset(*host, 0, bytes);
	TRY(cuMemHostGetDevicePointer_v2(&a, *host, 0));
	*device = a;
	return 0;
}

int memory_up(struct session *s, uint64_t dst, const void *pinned, size_t bytes) {
	ENTER(s);
	return cuMemcpyHtoDAsync_v2(dst, pinned, bytes, s->stream);
}

int memory_down(struct session *s, void *pinned, uint64_t src, size_t bytes) {
	ENTER(s);
	TRY(cuMemcpyDtoHAsync_v2(pinned, src, bytes, s->stream));
	return cuStreamSynchronize(s->stream);
}

int event_make(struct session *s, void **event) {
	ENTER(s);
	return cuEventCreate(event, 0);
}

int event_record(struct session *s, void *event) {
	ENTER(s);
	return cuEventRecord(event, s->stream);
}

int event_wait(struct session *s, void *event) {
	ENTER(s);
	return cuEventSynchronize(event);
}

int module_load(struct session *s, const char *ptx, void **module, char *log, size_t log_size) {
	// CU_JIT_ERROR_LOG_BUFFER and its size.
	int options[] = {5, 6};
	void *values[] = {log, (void *)log_size};
	ENTER(s);
	return cuModuleLoadDataEx(module, ptx, 2, options, values);
}

int module_function(struct session *s, void *module, const char *name, int shared, uint64_t *function) {
	enum { STATIC_SHARED = 1, MAX_DYNAMIC_SHARED = 8 }; // CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
	handle f;
	int own;
	ENTER(s);
	TRY(cuModuleGetFunction(&f, module, name));
	TRY(cuFuncGetAttribute(&own, STATIC_SHARED, f));
	if (shared - own > 48 << 10) { // more has to be asked for; what a kernel declares counts, too
		TRY(cuFuncSetAttribute(f, MAX_DYNAMIC_SHARED, shared - own));
	}
	*function = (uintptr_t)f;
	return 0;
}

static int launch(struct session *s, const struct command *c, const uint8_t *args) {
	if (c->function == 0) {
		return lt_run(s, (const struct lt_call *)(args + c->args));
	}
	void *params[] = {(void *)(args + c->args)};
	return cuLaunchKernel((handle)(uintptr_t)c->function, c->grid[0], c->grid[1], c->grid[2], c->threads, 1, 1, c->shared, s->stream, params, NULL);
}

int list_run(struct session *s, const struct command *c, int n, const uint8_t *args, int blocking, int *failed) {
	ENTER(s);
	for (int i = 0; i < n; i++) {
		*failed = i;
		TRY(launch(s, &c[i], args));
		if (blocking) {
			TRY(cuStreamSynchronize(s->stream));
		}
	}
	return 0;
}

int list_time(struct session *s, const struct command *c, int n, const uint8_t *args, float *milliseconds, int *failed) {
	handle from, to;
	ENTER(s);
	TRY(cuEventCreate(&from, 0));
	TRY(cuEventCreate(&to, 0));
	for (int i = 0; i < n; i++) {
		*failed = i;
		TRY(cuEventRecord(from, s->stream));
		TRY(launch(s, &c[i], args));
		TRY(cuEventRecord(to, s->stream));
		TRY(cuEventSynchronize(to));
		TRY(cuEventElapsedTime(&milliseconds[i], from, to));
	}
	cuEventDestroy_v2(from);
	return cuEventDestroy_v2(to);
}

// last_node is the node that was captured last.
static int last_node(struct session *s, handle *node) {
	int status;
	const handle *deps = NULL;
	size_t n = 0;
	TRY(cuStreamGetCaptureInfo_v2(s->stream, &status, NULL, NULL, &deps, &n));
	*node = n > 0 ? deps[0] : NULL;
	return 0;
}

static int capture(struct session *s, const struct command *c, int n, const uint8_t *args, struct graph *g, int *failed) {
	for (int i = 0; i < n; i++) {
		*failed = i;
		TRY(launch(s, &c[i], args));
		if (c[i].function != 0) {
			TRY(last_node(s, &g->nodes[i]));
		}
	}
	return 0;
}

int graph_make(struct session *s, const struct command *c, int n, const uint8_t *args, struct graph *g, int *failed) {
	enum { THREAD_LOCAL = 1 }; // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
	ENTER(s);
	g->n = n;
	g->nodes = calloc(n, sizeof *g->nodes);
	if (g->nodes == NULL) {
		return CUDA_OUT_OF_MEMORY;
	}
	TRY(cuStreamBeginCapture_v2(s->stream, THREAD_LOCAL));
	int code = capture(s, c, n, args, g, failed);
	int end = cuStreamEndCapture(s->stream, &g->source);
	if (code == 0) {
		code = end;
	}
	return code != 0 ? code : cuGraphInstantiateWithFlags(&g->exec, g->source, 0);
}

int graph_run(struct session *s, struct graph *g, const struct command *c, const uint8_t *args, const int32_t *changed, int n_changed) {
	ENTER(s);
	for (int k = 0; k < n_changed; k++) {
		const struct command *one = &c[changed[k]];
		void *params[] = {(void *)(args + one->args)};
		struct kernel_node node = {.function = (handle)(uintptr_t)one->function, .block = {one->threads, 1, 1}, .shared = one->shared, .params = params};
		memcpy(node.grid, one->grid, sizeof node.grid);
		TRY(cuGraphExecKernelNodeSetParams_v2(g->exec, g->nodes[changed[k]], &node));
	}
	return cuGraphLaunch(g->exec, s->stream);
}

void graph_free(struct session *s, struct graph *g) {
	if (cuCtxSetCurrent(s->context) == 0) {
		if (g->exec != NULL) {
			cuGraphExecDestroy(g->exec);
		}
		if (g->source != NULL) {
			cuGraphDestroy(g->source);
		}
	}
	free(g->nodes);
	memset(g, 0, sizeof *g);
}
