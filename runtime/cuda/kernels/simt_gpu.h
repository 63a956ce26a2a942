// simt.h for the GPU: built-ins of clang, and PTX where there are none.
#pragma once

#define DEVICE __attribute__((device, always_inline)) inline
#define SHARED __attribute__((shared))
#define KERNEL(threads) extern "C" __attribute__((global, launch_bounds(threads))) void

extern "C" __attribute__((shared, aligned(16))) char simt_dynamic[];

DEVICE char *dynamic_shared() { return simt_dynamic; }

DEVICE int tid() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE int nthreads() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE int bid_x() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE int bid_y() { return __nvvm_read_ptx_sreg_ctaid_y(); }
DEVICE int bid_z() { return __nvvm_read_ptx_sreg_ctaid_z(); }
DEVICE int nblocks_x() { return __nvvm_read_ptx_sreg_nctaid_x(); }

DEVICE void sync() { __syncthreads(); }
DEVICE void sync_warp() { __nvvm_bar_warp_sync(0xffffffffu); }

enum { SHFL_XOR, SHFL_DOWN, SHFL_INDEX };

template <int HOW> DEVICE unsigned shfl_word(unsigned v, int n) {
	return HOW == SHFL_XOR    ? __nvvm_shfl_sync_bfly_i32(0xffffffffu, v, n, 31)
	       : HOW == SHFL_DOWN ? __nvvm_shfl_sync_down_i32(0xffffffffu, v, n, 31)
	                          : __nvvm_shfl_sync_idx_i32(0xffffffffu, v, n, 31);
}

template <int HOW, class T> DEVICE T shuffled(T v, int n) {
	static_assert(sizeof(T) % 4 == 0, "values of whole words can be exchanged");
	struct parts {
		unsigned word[sizeof(T) / 4];
	} p = __builtin_bit_cast(parts, v);
	for (unsigned i = 0; i < sizeof(T) / 4; i++) {
		p.word[i] = shfl_word<HOW>(p.word[i], n);
	}
	return __builtin_bit_cast(T, p);
}

template <class T, class F> DEVICE T warp_fold(T v, F f) {
	for (int m = 16; m > 0; m >>= 1) {
		f(v, shuffled<SHFL_XOR>(v, m));
	}
	return v;
}

DEVICE unsigned bits_of_float(float f) { return __builtin_bit_cast(unsigned, f); }
DEVICE float float_of_bits(unsigned u) { return __builtin_bit_cast(float, u); }
DEVICE unsigned long long bits_of_double(double f) { return __builtin_bit_cast(unsigned long long, f); }
DEVICE double double_of_bits(unsigned long long u) { return __builtin_bit_cast(double, u); }

DEVICE float fma_(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
DEVICE double fma_(double a, double b, double c) { return __builtin_fma(a, b, c); }
DEVICE float sqrt_(float x) { return __nvvm_sqrt_rn_f(x); }
DEVICE double sqrt_(double x) { return __nvvm_sqrt_rn_d(x); }
DEVICE float floor_(float x) { return __builtin_floorf(x); }
DEVICE double floor_(double x) { return __builtin_floor(x); }
DEVICE float ceil_(float x) { return __builtin_ceilf(x); }
DEVICE double ceil_(double x) { return __builtin_ceil(x); }
DEVICE float rint_(float x) { return __builtin_rintf(x); }
DEVICE double rint_(double x) { return __builtin_rint(x); }
DEVICE float abs_(float x) { return __builtin_fabsf(x); }
DEVICE double abs_(double x) { return __builtin_fabs(x); }

// max_ is the larger number, whatever the other one is if one is NaN.
DEVICE float max_(float a, float b) { return __builtin_fmaxf(a, b); }

// Approximations of the hardware: 2 ulp and no exceptions, but numbers too small to be normal may be 0.
DEVICE float fast_exp2(float x) { return __nvvm_ex2_approx_ftz_f(x); }
DEVICE float fast_log2(float x) { return __nvvm_lg2_approx_f(x); }
DEVICE float fast_reciprocal(float x) { return __nvvm_rcp_approx_ftz_f(x); }
DEVICE float fast_rsqrt(float x) { return __nvvm_rsqrt_approx_f(x); }
DEVICE float fast_tanh(float x) { // relative error 2^-11
	float y;
	asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
	return y;
}

DEVICE unsigned mul_hi(unsigned a, unsigned b) { return __nvvm_mulhi_ui(a, b); }
DEVICE unsigned long long mul_hi(unsigned long long a, unsigned long long b) { return __nvvm_mulhi_ull(a, b); }

// dot4 is c + the products of four signed bytes.
DEVICE int dot4(int a, int b, int c) {
	int d;
	asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(c));
	return d;
}

DEVICE unsigned pack_bf16(float lo, float hi) {
	unsigned d;
	asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(d) : "f"(hi), "f"(lo));
	return d;
}

// to_tf32 rounds to 11 bits, as mma1688_tf32 takes them.
DEVICE unsigned to_tf32(float f) {
	unsigned d;
	asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(d) : "f"(f));
	return d;
}

struct words {
	unsigned w[4];
};

typedef unsigned simt_vector __attribute__((vector_size(16)));

DEVICE words load_words(const void *from) {
	simt_vector v = *(const simt_vector *)from;
	return words{{v[0], v[1], v[2], v[3]}};
}

DEVICE void store_words(void *to, words w) { *(simt_vector *)to = simt_vector{w.w[0], w.w[1], w.w[2], w.w[3]}; }

DEVICE unsigned long long compare_and_swap(unsigned long long *at, unsigned long long is, unsigned long long becomes) {
	return (unsigned long long)__nvvm_atom_cas_gen_ll((long long *)at, (long long)is, (long long)becomes);
}

// add_atomically adds to a number that other threads may add to at the same time, and returns what it was.
DEVICE unsigned add_atomically(unsigned *at, unsigned v) { return (unsigned)__nvvm_atom_add_gen_i((int *)at, (int)v); }
DEVICE unsigned long long add_atomically(unsigned long long *at, unsigned long long v) { return (unsigned long long)__nvvm_atom_add_gen_ll((long long *)at, (long long)v); }

// fence has what this thread wrote before seen by all before what it writes afterwards.
DEVICE void fence() { __nvvm_membar_gl(); }

// Tensor cores: d += a·b for the warp's tiles. Of m16n8k16 with bf16, thread 4g+t holds
//
//	a[0] (g, 2t..)  a[1] (g+8, 2t..)  a[2] (g, 2t+8..)  a[3] (g+8, 2t+8..)   two columns each, the lower one in the lower half
//	b[0] (2t.., g)  b[1] (2t+8.., g)                                         two rows each
//	d[0], d[1] (g, 2t), (g, 2t+1)     d[2], d[3] (g+8, 2t), (g+8, 2t+1)
DEVICE void mma16816(float d[4], const unsigned a[4], const unsigned b[2]) {
	asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
		: "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
		: "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Of m16n8k8 with tf32: a[0] (g, t), a[1] (g+8, t), a[2] (g, t+4), a[3] (g+8, t+4); b[0] (t, g), b[1] (t+4, g); d as above.
DEVICE void mma1688_tf32(float d[4], const unsigned a[4], const unsigned b[2]) {
	asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
		: "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
		: "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE unsigned shared_address(const void *p) { return (unsigned)(unsigned long long)(__attribute__((address_space(3))) const void *)p; }

// ldmatrix_x4 loads four matrices of 8 rows of 16 bytes from shared memory; thread i names row i%8 of matrix i/8. r[j] are elements 2(i%4) and the
// next of row i/4 of matrix j; with trans, the elements of column i/4 in rows 2(i%4) and the next.
DEVICE void ldmatrix_x4(unsigned r[4], const void *row) {
	asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(row)) : "memory");
}

DEVICE void ldmatrix_x4_trans(unsigned r[4], const void *row) {
	asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(row)) : "memory");
}

// Copies of 16 bytes to shared memory in the background. A thread's copies are bundled by commit; wait<N> waits for all but its last N bundles.
DEVICE void copy_async16(void *shared, const void *global) {
	asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(shared)), "l"(global) : "memory");
}

DEVICE void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int N> DEVICE void copy_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }
