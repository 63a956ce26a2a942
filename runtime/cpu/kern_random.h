// Random numbers of Philox4x32-10 (Salmon et al., SC 2011), many blocks at once. A template like kern_elementwise.h, which it needs.

enum { LANES = 64, WORDS = 4 * LANES }; // blocks at a time, words that they give

// philox writes the words of LANES blocks from counter (block, stream) on, word w of block i at words[4 i + w].
static void philox(uint64_t block, uint64_t stream, uint64_t seed, uint32_t *restrict words) {
	uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES], k0 = seed, k1 = seed >> 32;
	for (int i = 0; i < LANES; i++) {
		uint64_t b = block + i;
		c0[i] = b, c1[i] = b >> 32, c2[i] = stream, c3[i] = stream >> 32;
	}
	for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
		for (int i = 0; i < LANES; i++) {
			uint64_t a = (uint64_t)c0[i] * 0xD2511F53u, b = (uint64_t)c2[i] * 0xCD9E8D57u;
			c0[i] = (uint32_t)(b >> 32) ^ c1[i] ^ k0, c1[i] = b;
			c2[i] = (uint32_t)(a >> 32) ^ c3[i] ^ k1, c3[i] = a;
		}
	}
	for (int i = 0; i < LANES; i++)
		words[4 * i] = c0[i], words[4 * i + 1] = c1[i], words[4 * i + 2] = c2[i], words[4 * i + 3] = c3[i];
}

// uniforms turns words into numbers from 0 up to 1.
static void uniforms(float *restrict to, const uint32_t *words) {
	for (int i = 0; i < WORDS; i++)
		to[i] = (float)(int32_t)(words[i] >> 8) * 0x1p-24f;
}

// normals turns pairs of words into pairs of normal numbers (Box and Muller 1958).
static void normals(float *restrict to, const uint32_t *words) {
	float radius[WORDS / 2], angle[WORDS / 2], sine[WORDS / 2], cosine[WORDS / 2];
	for (int i = 0; i < WORDS / 2; i++) {
		radius[i] = (float)(int32_t)((words[2 * i] >> 8) + 1) * 0x1p-24f;
		angle[i] = (float)(int32_t)(words[2 * i + 1] >> 8) * 0x1p-24f;
	}
	for (int i = 0; i < WORDS / 2; i += VN) {
		vf s, c, r = v_sqrt(-2.0f * v_log(load(radius + i, VN)));
		v_turn_sincos(load(angle + i, VN), &s, &c);
		store(sine + i, r * s, VN), store(cosine + i, r * c, VN);
	}
	for (int i = 0; i < WORDS / 2; i++)
		to[2 * i] = cosine[i], to[2 * i + 1] = sine[i];
}

// draws makes n numbers, those of the elements from index on.
static void draws(const kern_call *c, float *to, long n, uint64_t index) {
	uint32_t words[WORDS] __attribute__((aligned(64)));
	float numbers[WORDS] __attribute__((aligned(64)));
	long skip = index % 4;
	for (uint64_t block = index / 4; n > 0; block += LANES, skip = 0) {
		philox(block, c->stream, c->seed, words);
		if (c->normal)
			normals(numbers, words);
		else
			uniforms(numbers, words);
		long some = WORDS - skip < n ? WORDS - skip : n;
		memcpy(to, numbers + skip, some * sizeof *to);
		to += some, n -= some;
	}
}

static void random_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	float *to = v[0], from = c->p, factor = c->normal ? c->q : c->q - c->p;
	draws(c, to, n, index);
	EACH_VECTOR store(to + i, load(to + i, left) * factor + from, left);
}

static void random_numbers(kern_call *c) { elementwise_run(c, random_block, 1, 0, 1, CHUNK_DEAR); }

static void dropout_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	float u[BLOCK], p = c->p, keep = 1.0f / (1.0f - p);
	for (long from = 0; from < n; from += BLOCK) {
		long some = n - from < BLOCK ? n - from : BLOCK;
		draws(c, u, some, index + from);
		EACH_VECTOR_OF(some) store(v[0] + from + i, pick(load(u + i, left) < p, splat(0), load(v[1] + from + i, left) * keep), left);
	}
}

static void dropout(kern_call *c) { elementwise_run(c, dropout_block, 2, 2, 1, CHUNK_DEAR); }
