// Small products, for attention: C = A B or C += A B, where the operands are in the first or second level cache. A template like kern_math.h, which
// it needs. B and C lie in rows, A anyhow.

// A tile is TILE_ROWS rows of TILE_VECTORS vectors, kept in registers: with the vectors of B and a number of A they fill them.
#if VBYTES == 64
enum { TILE_ROWS = 6, TILE_VECTORS = 4 };
#elif VBYTES == 32 || defined(__aarch64__)
enum { TILE_ROWS = 6, TILE_VECTORS = 2 };
#else
enum { TILE_ROWS = 4, TILE_VECTORS = 2 };
#endif

typedef struct {
	const float *a;
	long down, right; // from element to element of A
	const float *b;
	long b_row;
	float *c;
	long c_row;
	long k;
	int add; // to what C holds
} tile;

// tile_fixed computes rows by vectors, both constants where it is used; the last vector has last elements.
ALWAYS void tile_fixed(const int rows, const int vectors, const int whole, const tile *t, const float *a, const float *b, float *c, long last) {
	vf sum[TILE_ROWS][TILE_VECTORS];
	long n[TILE_VECTORS];
	UNROLL for (int j = 0; j < vectors; j++) n[j] = whole || j < vectors - 1 ? VN : last;
	UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) {
		sum[i][j] = splat(0);
		if (t->add)
			sum[i][j] = load(c + i * t->c_row + j * VN, n[j]);
	}
	for (long p = 0; p < t->k; p++, a += t->right, b += t->b_row) {
		vf row[TILE_VECTORS];
		UNROLL for (int j = 0; j < vectors; j++) row[j] = load(b + j * VN, n[j]);
		UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] += row[j] * a[i * t->down];
	}
	UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) store(c + i * t->c_row + j * VN, sum[i][j], n[j]);
}

// tile_columns computes some columns of rows, a constant where it is used.
ALWAYS void tile_columns(const int rows, const tile *t, const float *a, const float *b, float *c, long n) {
	long j = 0;
	for (; j + TILE_VECTORS * VN <= n; j += TILE_VECTORS * VN)
		tile_fixed(rows, TILE_VECTORS, 1, t, a, b + j, c + j, VN);
	for (; j + VN <= n; j += VN)
		tile_fixed(rows, 1, 1, t, a, b + j, c + j, VN);
	if (j < n)
		tile_fixed(rows, 1, 0, t, a, b + j, c + j, n - j);
}

static void tile_rows_full(const tile *t, const float *a, float *c, long n) { tile_columns(TILE_ROWS, t, a, t->b, c, n); }
static void tile_rows_one(const tile *t, const float *a, float *c, long n) { tile_columns(1, t, a, t->b, c, n); }
static void tile_rows_two(const tile *t, const float *a, float *c, long n) { tile_columns(2, t, a, t->b, c, n); }

// tile_product computes m by n.
static void tile_product(const tile *t, long m, long n) {
	long i = 0;
	for (; i + TILE_ROWS <= m; i += TILE_ROWS)
		tile_rows_full(t, t->a + i * t->down, t->c + i * t->c_row, n);
	for (; i + 2 <= m; i += 2)
		tile_rows_two(t, t->a + i * t->down, t->c + i * t->c_row, n);
	if (i < m)
		tile_rows_one(t, t->a + i * t->down, t->c + i * t->c_row, n);
}
