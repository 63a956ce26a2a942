//go:build cgo && linux

#include "lt.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef void *handle;

// heuristic is cublasLtMatmulHeuristicResult_t.
struct heuristic {
	uint64_t algorithm[8];
	size_t workspace;
	int state;
	float waves;
	int reserved[4];
};

static int (*create)(handle *);
static size_t (*version)(void);
static int (*desc_create)(handle *, int compute, int scale);
static int (*desc_set)(handle, int attribute, const void *, size_t);
static int (*layout_create)(handle *, int type, uint64_t rows, uint64_t columns, int64_t ld);
static int (*layout_set)(handle, int attribute, const void *, size_t);
static int (*preference_create)(handle *);
static int (*preference_set)(handle, int attribute, const void *, size_t);
static int (*preference_destroy)(handle);
static int (*get_heuristic)(handle, handle desc, handle a, handle b, handle c, handle d, handle preference, int wanted, struct heuristic *, int *found);
static int (*matmul)(handle, handle desc, const void *alpha, const void *a, handle la, const void *b, handle lb, const void *beta, const void *c, handle lc,
	void *d, handle ld, const void *algorithm, void *workspace, size_t workspace_size, void *stream);

static struct {
	const char *name;
	void *at;
} entries[] = {
	{"cublasLtCreate", &create},
	{"cublasLtGetVersion", &version},
	{"cublasLtMatmulDescCreate", &desc_create},
	{"cublasLtMatmulDescSetAttribute", &desc_set},
	{"cublasLtMatrixLayoutCreate", &layout_create},
	{"cublasLtMatrixLayoutSetAttribute", &layout_set},
	{"cublasLtMatmulPreferenceCreate", &preference_create},
	{"cublasLtMatmulPreferenceSetAttribute", &preference_set},
	{"cublasLtMatmulPreferenceDestroy", &preference_destroy},
	{"cublasLtMatmulAlgoGetHeuristic", &get_heuristic},
	{"cublasLtMatmul", &matmul},
};

// Attributes of descriptions and layouts.
enum { TRANS_A = 3, TRANS_B = 4, EPILOGUE = 7, BIAS_POINTER = 8, AUX_POINTER = 11, AUX_LD = 12 };
enum { BATCH_COUNT = 5, BATCH_OFFSET = 6 };
enum { MAX_WORKSPACE = 1, MIN_ALIGNMENT_A = 5 }; // those of B, C and D follow
enum { R_32F = 0, R_64F = 1, COMPUTE_64F = 70 };
enum { STATUS_NOT_SUPPORTED = 15 };
enum { HAS_BIAS = 4, HAS_AUX = 128 };

// Workspace of 64 MiB: NVIDIA recommends at least 32 for Hopper.
static const size_t workspace_size = 64 << 20;

struct plan {
	handle desc, a, b, c, d;
	struct heuristic how;
	int f64, epilogue;
};

const char *lt_load(const char *path) {
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (lib == NULL) {
		return dlerror();
	}
	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
		void *f = dlsym(lib, entries[i].name);
		if (f == NULL) {
			return dlerror();
		}
		memcpy(entries[i].at, &f, sizeof f);
	}
	return NULL;
}

size_t lt_version(void) { return version(); }

int lt_open(struct session *s) {
	int code = memory_alloc(s, &s->workspace, workspace_size); // makes the context current
	return code != 0 ? code : create(&s->products);
}

#define TRY(call) \
	do { \
		int status_ = (call); \
		if (status_ != 0) { \
			return status_; \
		} \
	} while (0)

static int make_layout(handle *l, int type, int64_t rows, int64_t columns, int64_t ld, int64_t batch, int64_t step) {
	int32_t count = batch;
	TRY(layout_create(l, type, rows, columns, ld));
	if (batch > 1) {
		TRY(layout_set(*l, BATCH_COUNT, &count, sizeof count));
		TRY(layout_set(*l, BATCH_OFFSET, &step, sizeof step));
	}
	return 0;
}

static int describe(struct plan *p, const struct lt_shape *s) {
	p->f64 = s->compute == COMPUTE_64F;
	p->epilogue = s->epilogue;
	TRY(desc_create(&p->desc, s->compute, p->f64 ? R_64F : R_32F));
	TRY(desc_set(p->desc, TRANS_A, &s->trans_a, sizeof s->trans_a));
	TRY(desc_set(p->desc, TRANS_B, &s->trans_b, sizeof s->trans_b));
	TRY(desc_set(p->desc, EPILOGUE, &s->epilogue, sizeof s->epilogue));
	if (s->epilogue & HAS_AUX) {
		TRY(desc_set(p->desc, AUX_LD, &s->ld_aux, sizeof s->ld_aux));
	}
	int64_t rows_a = s->trans_a ? s->k : s->m, columns_a = s->trans_a ? s->m : s->k;
	int64_t rows_b = s->trans_b ? s->n : s->k, columns_b = s->trans_b ? s->k : s->n;
	TRY(make_layout(&p->a, s->type_ab, rows_a, columns_a, s->lda, s->batch, s->step_a));
	TRY(make_layout(&p->b, s->type_ab, rows_b, columns_b, s->ldb, s->batch, s->step_b));
	TRY(make_layout(&p->c, s->type_d, s->m, s->n, s->ldc, s->batch, s->step_c));
	return make_layout(&p->d, s->type_d, s->m, s->n, s->ldd, s->batch, s->step_d);
}

int lt_plan(struct session *s, const struct lt_shape *shape, uint64_t *plan) {
	struct plan *p = calloc(1, sizeof *p);
	handle preference;
	int found = 0;
	if (p == NULL) {
		return STATUS_NOT_SUPPORTED;
	}
	*plan = (uintptr_t)p; // plans live as long as the program: there is one for each shape
	TRY(describe(p, shape));
	TRY(preference_create(&preference));
	int status = preference_set(preference, MAX_WORKSPACE, &workspace_size, sizeof workspace_size);
	const uint32_t align[] = {shape->align_a, shape->align_b, shape->align_c, shape->align_d};
	for (int i = 0; i < 4 && status == 0; i++) {
		status = preference_set(preference, MIN_ALIGNMENT_A + i, &align[i], sizeof align[i]);
	}
	if (status == 0) {
		status = get_heuristic(s->products, p->desc, p->a, p->b, p->c, p->d, preference, 1, &p->how, &found);
	}
	preference_destroy(preference);
	return status != 0 ? status : found > 0 ? 0 : STATUS_NOT_SUPPORTED;
}

int lt_run(struct session *s, const struct lt_call *call) {
	struct plan *p = (struct plan *)(uintptr_t)call->plan;
	float alpha = call->alpha, beta = call->beta;
	int status = 0;
	if (p->epilogue & HAS_BIAS) {
		status = desc_set(p->desc, BIAS_POINTER, &call->bias, sizeof call->bias);
	}
	if (status == 0 && p->epilogue & HAS_AUX) {
		status = desc_set(p->desc, AUX_POINTER, &call->aux, sizeof call->aux);
	}
	if (status != 0) {
		return LT_STATUS + status;
	}
	status = matmul(s->products, p->desc, p->f64 ? (void *)&call->alpha : (void *)&alpha, (void *)call->a, p->a, (void *)call->b, p->b,
		p->f64 ? (void *)&call->beta : (void *)&beta, (void *)call->c, p->c, (void *)call->d, p->d, p->how.algorithm, (void *)s->workspace,
		workspace_size, s->stream);
	return status == 0 ? 0 : LT_STATUS + status;
}
