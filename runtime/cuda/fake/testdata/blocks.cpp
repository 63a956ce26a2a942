// Kernels that show what fibres do and what is refused. Prints a line for each that went otherwise than it should.
#include "block.h"
#include "simt.h"

#include <cstdio>
#include <cstring>

struct args {
	float *to;
	const float *a, *b;
};

// Sums and exchanges, with all kinds of waiting.
KERNEL(256) sums(args p) {
	SHARED float room[32];
	float sum = block_sum((float)tid(), room), most = block_max((float)(tid() * 37 % 256), room);
	p.to[tid()] = sum + most + (float)shfl_down((double)lane(), 3) + shfl(tid(), 5) + (float)shfl_xor((long long)tid(), 1);
}

static float sums_want(int t) {
	int lane = t % 32;
	return 255 * 128 + 255 + (lane + 3 > 31 ? lane : lane + 3) + (t - lane + 5) + (t ^ 1);
}

// The product of a 16x16 and a 16x8 matrix by one instruction of a warp.
KERNEL(32) product(args p) {
	SHARED bf16 left[16 * 16], right[16 * 8];
	for (int i = tid(); i < 256; i += 32) {
		left[i] = to_bf16(p.a[i]);
	}
	for (int i = tid(); i < 128; i += 32) {
		right[i] = to_bf16(p.b[i]);
	}
	sync();
	unsigned a[4], b[4];
	float d[4] = {0, 0, 0, 0};
	int matrix = lane() / 8, row = lane() % 8;
	ldmatrix_x4(a, &left[(matrix % 2 * 8 + row) * 16 + matrix / 2 * 8]);
	ldmatrix_x4_trans(b, &right[(matrix % 2 * 8 + row) * 8]);
	mma16816(d, a, b);
	int g = lane() / 4, t = lane() % 4;
	for (int i = 0; i < 4; i++) {
		p.to[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = d[i];
	}
}

// The same of a 16x8 and an 8x8 matrix.
KERNEL(32) product_tf32(args p) {
	int g = lane() / 4, t = lane() % 4;
	float d[4] = {0, 0, 0, 0};
	unsigned a[4], b[2];
	for (int i = 0; i < 4; i++) {
		a[i] = to_tf32(p.a[(g + i % 2 * 8) * 8 + t + i / 2 * 4]);
	}
	for (int i = 0; i < 2; i++) {
		b[i] = to_tf32(p.b[(t + 4 * i) * 8 + g]);
	}
	mma1688_tf32(d, a, b);
	for (int i = 0; i < 4; i++) {
		p.to[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = d[i];
	}
}

// Copies in the background: the first bundle is there, the second is no number yet.
KERNEL(32) copies(args p) {
	float *mine = (float *)dynamic_shared() + 8 * tid();
	copy_async16(mine, p.a + 4 * tid());
	copy_async_commit();
	copy_async16(mine + 4, p.a + 4 * tid());
	copy_async_commit();
	copy_async_wait<1>();
	float second = mine[4];
	copy_async_wait<0>();
	p.to[tid()] = mine[1] == p.a[4 * tid() + 1] && second != second && mine[5] == mine[1];
}

KERNEL(32) unwritten(args p) {
	float v = ((float *)dynamic_shared())[tid()];
	p.to[tid()] = v != v;
}

KERNEL(64) leaves(args) {
	if (tid() >= 3) {
		sync();
	}
}

KERNEL(64) parts(args) {
	if (tid() < 32) {
		sync();
	} else {
		sync_warp();
		if (tid() == 40) {
			sync();
		}
	}
}

KERNEL(32) stray(args) { *(volatile int *)(tid() * 8ul) = 1; }
KERNEL(32) beyond(args) { dynamic_shared()[100 + tid()] = 1; }
KERNEL(32) crooked(args p) {
	float v[4];
	load4(p.a + 1, v);
}

static int wrong;

static void expect(bool ok, const char *what) {
	if (!ok) {
		printf("%s\n", what);
		wrong = 1;
	}
}

template <class K> static int run(K kernel, unsigned threads, unsigned shared, args a) {
	std::string why;
	int code = simt::run({(void (*)())kernel, &a, sizeof a, {2, 1, 1}, threads, shared}, why);
	expect((code == 0) == why.empty(), "a failure without a reason, or the other way round");
	return code;
}

static bool multiplied(const float *c, const float *a, const float *b, int k) {
	for (int i = 0; i < 16; i++) {
		for (int j = 0; j < 8; j++) {
			float sum = 0;
			for (int l = 0; l < k; l++) {
				sum += a[i * k + l] * b[l * 8 + j];
			}
			if (c[i * 8 + j] != sum) {
				return false;
			}
		}
	}
	return true;
}

int main() {
	alignas(16) static float to[256], a[256], b[128];
	for (int i = 0; i < 256; i++) {
		a[i] = (float)(i % 13 - 6);
		b[i % 128] = (float)(i % 7 - 3);
	}
	args p = {to, a, b};
	for (int again = 0; again < 2; again++) { // failures leave nothing behind
		bool right = run(sums, 256, 0, p) == 0;
		for (int i = 0; i < 256; i++) {
			right = right && to[i] == sums_want(i);
		}
		expect(right, "sums of a block");
		expect(run(product, 32, 0, p) == 0 && multiplied(to, a, b, 16), "m16n8k16");
		expect(run(product_tf32, 32, 0, p) == 0 && multiplied(to, a, b, 8), "m16n8k8");
		memset(to, 0, sizeof to);
		expect(run(copies, 32, 1024, p) == 0 && to[0] == 1 && to[31] == 1, "copies in the background");
		expect(run(unwritten, 32, 128, p) == 0 && to[0] == 1 && to[31] == 1, "shared memory before it is written");
		expect(run(leaves, 64, 0, p) == simt::LAUNCH_FAILED, "threads that leave before a barrier");
		expect(run(parts, 64, 0, p) == simt::LAUNCH_FAILED, "threads at different barriers");
		expect(run(stray, 32, 0, p) == simt::ILLEGAL_ADDRESS, "an address that is no memory");
		expect(run(beyond, 32, 112, p) == simt::ILLEGAL_ADDRESS, "shared memory that was not asked for");
		expect(run(crooked, 32, 0, p) == simt::MISALIGNED, "a vector at an odd address");
	}
	return wrong;
}
