// Holds the fake cublasLt to what it has to refuse. Each row spoils one thing of a product that is right: a D of [64, 32] in f32, with a bias.
//
// usage: products LIBRARY
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <functional>

typedef void *handle;

static void *library;

template <class... Args> static int call(const char *name, Args... args) {
	auto f = (int (*)(Args...))dlsym(library, name);
	if (f == nullptr) {
		fprintf(stderr, "no %s\n", name);
		exit(2);
	}
	return f(args...);
}

// must ends the test where what belongs to no row goes wrong.
static void must(int code, const char *what) {
	if (code != 0) {
		fprintf(stderr, "%s: code %d\n", what, code);
		exit(2);
	}
}

enum { M = 64, N = 32, K = 16 };
enum { R_32F = 0, R_64F = 1, R_16BF = 14 };

// setup is a product, as a row may change it between the plan and the run.
struct setup {
	// for the plan
	int compute = 68, scale = R_32F, type_a = R_32F, type_d = R_32F, end = 4, batch = 1, batch_d = 1;
	int64_t ld_a = M, ld_aux = 0, step_d = 0;
	uint64_t rows_b = K;
	uint32_t align_a = 256;
	size_t workspace = 1 << 20;
	// for the run
	uint64_t a, b, d, bias, aux = 0, room;
	size_t room_size = 1 << 20;
	bool other_plan = false;
};

static handle context, stream, lt;
static unsigned long long memory; // 4 MiB

static handle layout(int type, uint64_t rows, uint64_t columns, int64_t ld, int batch, int64_t step) {
	handle l;
	must(call("cublasLtMatrixLayoutCreate", &l, type, rows, columns, ld), "layout");
	must(call("cublasLtMatrixLayoutSetAttribute", l, 5, (const void *)&batch, sizeof batch), "batch");
	must(call("cublasLtMatrixLayoutSetAttribute", l, 6, (const void *)&step, sizeof step), "step");
	return l;
}

struct results {
	char algorithm[64];
	size_t workspace;
	int rest[8];
};

// attempt plans and runs a product. It returns a status of cublas, or what waiting for the product says.
static int attempt(const setup &s) {
	handle desc, preference, l[4] = {layout(s.type_a, M, K, s.ld_a, s.batch, 0), layout(s.type_a, s.rows_b, N, K, s.batch, 0), layout(s.type_d, M, N, M, s.batch_d, s.step_d),
		layout(s.type_d, M, N, M, s.batch_d, s.step_d)};
	must(call("cublasLtMatmulDescCreate", &desc, s.compute, s.scale), "description");
	auto set = [&](int attribute, const void *value, size_t size) { must(call("cublasLtMatmulDescSetAttribute", desc, attribute, value, size), "attribute"); };
	set(7, &s.end, sizeof s.end);
	set(8, &s.bias, sizeof s.bias);
	set(11, &s.aux, sizeof s.aux);
	set(12, &s.ld_aux, sizeof s.ld_aux);
	must(call("cublasLtMatmulPreferenceCreate", &preference), "preference");
	must(call("cublasLtMatmulPreferenceSetAttribute", preference, 1, (const void *)&s.workspace, sizeof s.workspace), "workspace");
	must(call("cublasLtMatmulPreferenceSetAttribute", preference, 5, (const void *)&s.align_a, sizeof s.align_a), "alignment");
	results how;
	int found = 0, code = call("cublasLtMatmulAlgoGetHeuristic", lt, desc, l[0], l[1], l[2], l[3], preference, 1, &how, &found);
	must(call("cublasLtMatmulPreferenceDestroy", preference), "destroy");
	if (code != 0) {
		return code;
	}
	if (s.other_plan) {
		int end = 1;
		set(7, &end, sizeof end);
	}
	float alpha = 1, beta = 0;
	code = call("cublasLtMatmul", lt, desc, (const void *)&alpha, s.a, l[0], s.b, l[1], (const void *)&beta, s.d, l[2], s.d, l[3], (const void *)how.algorithm, s.room, s.room_size, stream);
	if (code != 0) {
		return code;
	}
	return call("cuStreamSynchronize", stream);
}

enum { INVALID = 7, UNSUPPORTED = 15 };

static const struct {
	const char *name;
	int want;
	std::function<void(setup &)> spoil;
} rows[] = {
	{"nothing", 0, [](setup &) {}},
	{"types that are not computed with so", INVALID, [](setup &s) { s.compute = 70; }},
	{"a bf16 result of f32", INVALID, [](setup &s) { s.type_d = R_16BF; }},
	{"an end of f64", UNSUPPORTED, [](setup &s) { s.compute = 70, s.scale = s.type_a = s.type_d = R_64F; }},
	{"an end that there is not", INVALID, [](setup &s) { s.end = 4 | 2 | 32; }},
	{"sizes that do not fit", INVALID, [](setup &s) { s.rows_b = K - 1; }},
	{"columns that overlap", INVALID, [](setup &s) { s.ld_a = M - 1; }},
	{"another number of results than of operands", INVALID, [](setup &s) { s.batch_d = 2, s.step_d = M * N; }},
	{"results that overlap", INVALID, [](setup &s) { s.batch = s.batch_d = 2, s.step_d = M; }},
	{"elements at odd addresses", UNSUPPORTED, [](setup &s) { s.align_a = 2; }},
	{"an auxiliary matrix of odd columns", INVALID, [](setup &s) { s.end = 128 | 32, s.ld_aux = M + 4; }},
	{"no auxiliary matrix", INVALID, [](setup &s) { s.end = 128 | 32, s.ld_aux = M; }},
	{"an auxiliary matrix on the result", INVALID, [](setup &s) { s.end = 128 | 32, s.ld_aux = M, s.aux = s.d; }},
	{"an address that is not as promised", INVALID, [](setup &s) { s.a += 64; }},
	{"a bias at an odd address", INVALID, [](setup &s) { s.bias += 4; }},
	{"no bias", INVALID, [](setup &s) { s.bias = 0; }},
	{"an operand that ends behind its allocation", INVALID, [](setup &s) { s.b = memory + (4 << 20) - 256; }},
	{"an operand of the host", INVALID, [](setup &s) { s.b = (uint64_t)&lt / 256 * 256; }},
	{"a result on an operand", INVALID, [](setup &s) { s.d = s.a; }},
	{"a result on the workspace", INVALID, [](setup &s) { s.d = s.room + 4096; }},
	{"less workspace than the plan wants", INVALID, [](setup &s) { s.room_size = 1024; }},
	{"a plan of another product", INVALID, [](setup &s) { s.other_plan = true; }},
};

int main(int argc, char **argv) {
	library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : nullptr;
	if (library == nullptr) {
		fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: products LIBRARY");
		return 2;
	}
	must(call("cuInit", 0u), "init");
	must(call("cublasLtCreate", &lt) != 1, "a handle without a context");
	must(call("cuDevicePrimaryCtxRetain", &context, 0), "context");
	must(call("cuCtxSetCurrent", context), "current");
	must(call("cuStreamCreate", &stream, 1u), "stream");
	must(call("cublasLtCreate", &lt), "handle");
	must(call("cuMemAlloc_v2", &memory, (size_t)4 << 20), "memory");
	must(call("cuMemsetD8Async", memory, (unsigned char)0, (size_t)4 << 20, stream), "clear");
	int failed = 0;
	for (auto &r : rows) {
		setup s;
		s.a = memory, s.b = memory + (1 << 16), s.d = memory + (2 << 16), s.bias = memory + (3 << 16), s.room = memory + (1 << 20);
		r.spoil(s);
		if (int got = attempt(s); got != r.want) {
			fprintf(stderr, "%s: code %d, want %d\n", r.name, got, r.want);
			failed = 1;
		}
	}
	return failed;
}
