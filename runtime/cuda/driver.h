// The part of NVIDIA's driver interface that this package uses, with prototypes of our own: there is no SDK at build time, and the library is
// looked for at run time.
#ifndef RESIDENT_CUDA_DRIVER_H
#define RESIDENT_CUDA_DRIVER_H

#include <stddef.h>
#include <stdint.h>

// The driver's result codes that are told apart; 0 is success.
enum { CUDA_OUT_OF_MEMORY = 2 };

// session is a context of one device with the stream that all work goes through, and what cublasLt needs there: its handle, and memory to work in.
struct session {
	void *context, *stream;
	int device;
	void *products;
	uint64_t workspace;
};

// command is a kernel with its launch geometry, or, where function is 0, a matrix product of cublasLt. Its arguments are in a block of bytes beside.
struct command {
	uint64_t function;
	uint32_t grid[3], threads, shared;
	uint32_t args, size;
};

// graph is a list of commands that the driver keeps.
struct graph {
	void *exec, *source;
	void **nodes; // one for each command, of source; NULL for products
	int n;
};

struct facts {
	char name[128];
	int driver, major, minor, multiprocessors, shared;
	uint64_t memory;
};

// Each function returns a result code of the driver.

const char *driver_load(const char *path); // returns what dlopen has against it, or NULL
const char *driver_error_name(int code);
const char *driver_error_text(int code);

int driver_count(int *n);
int session_open(struct session *s, int device, struct facts *f);
int session_reset(struct session *s);
int session_sync(struct session *s);

int memory_alloc(struct session *s, uint64_t *at, size_t bytes);
int memory_free(struct session *s, uint64_t at);
int memory_info(struct session *s, size_t *free, size_t *total);
int memory_clear(struct session *s, uint64_t at, size_t bytes);
int memory_pinned(struct session *s, void **host, uint64_t *device, size_t bytes);
int memory_up(struct session *s, uint64_t dst, const void *pinned, size_t bytes);
int memory_down(struct session *s, void *pinned, uint64_t src, size_t bytes);

int event_make(struct session *s, void **event);
int event_record(struct session *s, void *event);
int event_wait(struct session *s, void *event);

int module_load(struct session *s, const char *ptx, void **module, char *log, size_t log_size);
int module_function(struct session *s, void *module, const char *name, int shared, uint64_t *function);

// list_run hands over commands; failed is the index of the one that was refused. With blocking each is waited for.
int list_run(struct session *s, const struct command *c, int n, const uint8_t *args, int blocking, int *failed);
// list_time runs commands one after the other and measures each.
int list_time(struct session *s, const struct command *c, int n, const uint8_t *args, float *milliseconds, int *failed);
int graph_make(struct session *s, const struct command *c, int n, const uint8_t *args, struct graph *g, int *failed);
// graph_run brings the commands named in changed up to date and runs the graph.
int graph_run(struct session *s, struct graph *g, const struct command *c, const uint8_t *args, const int32_t *changed, int n_changed);
void graph_free(struct session *s, struct graph *g);

#endif
