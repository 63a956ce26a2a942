// Choosing tokens. Nothing is sorted: "the first with which the sum of the weights exceeds a target", of tokens in the order of falling scores, is found digit by digit of the scores, by
// the sums of the weights of all tokens that have the same first digits. Top-k asks so with weights of 1, top-p with a share of the whole, the draw with
// a random share. So a row costs 3 passes over it for each filter at work, whatever the filters leave, where a sort of 50257 scores takes 4 passes that also move
// them; and each pass needs only sums. Weights are whole numbers, in steps of 2^-44 of the highest: sums are the same in whatever order they are made.
#include "fn.h"
#include "real.h"

enum { SAMPLE = 8 }; // see fault.go

typedef unsigned long long u64;

const int threads = 1024, sliced = 256, bins = 2048; // of the blocks that choose, and of those that have a slice
const double unit = 17592186044416.0; // 2^44

enum { TEMPERATURE, TOP_K, TOP_P, MIN_P, PENALTY, HOWS };

struct SampleArgs {
	const float *logits; // [n, vocab]
	const double *how, *uniform; // [n, HOWS], [n, numbers]; null where the most probable is chosen
	int *drawn, *seen, *past, *tokens;
	double *picked;
	unsigned *keys, *most; // [n, vocab]: scores in the order of whole numbers; [n, slices]: the highest of each slice
	u64 *weights, *sums;   // [n, vocab], [n, slices]
	u64 *fault;
	int n, vocab, words, numbers, slices;
};

// key orders scores as whole numbers; score is its inverse.
DEVICE unsigned key(float score) {
	unsigned bits = bits_of_float(score == 0 ? 0.0f : score); // -0 is 0
	return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
DEVICE float score(unsigned key) { return float_of_bits(key & 0x80000000u ? key ^ 0x80000000u : ~key); }

template <class T> DEVICE T biggest(T v) {
	for (int m = 16; m > 0; m >>= 1) {
		T other = shfl_xor(v, m);
		v = other > v ? other : v;
	}
	return v;
}

// penalised is the score that counts for a token.
DEVICE float penalised(const SampleArgs &a, int row, int i) {
	float s = a.logits[(long long)row * a.vocab + i];
	double p = a.how[row * HOWS + PENALTY];
	if (p == 0 || p == 1 || !(a.seen[(long long)row * a.words + i / 32] >> i % 32 & 1)) {
		return s;
	}
	return (float)(s > 0 ? s / p : s * p);
}

DEVICE int slice(const SampleArgs &a) { return (a.vocab + a.slices - 1) / a.slices; }

// sample_keys makes keys of a slice of a row, and finds the highest.
KERNEL(256) sample_keys(SampleArgs a) {
	SHARED unsigned of_warps[8];
	int row = bid_y(), each = slice(a), from = bid_x() * each, end = from + each < a.vocab ? from + each : a.vocab;
	unsigned most = 0;
	for (int i = from + tid(); i < end; i += sliced) {
		unsigned k = key(penalised(a, row, i));
		a.keys[(long long)row * a.vocab + i] = k;
		most = k > most ? k : most;
	}
	most = biggest(most);
	if (lane() == 0) {
		of_warps[warp()] = most;
	}
	sync();
	most = biggest(of_warps[lane() % 8]);
	if (tid() == 0) {
		a.most[row * a.slices + bid_x()] = most;
	}
}

// highest is the highest key of a row; all threads of a block take part.
DEVICE unsigned highest(const SampleArgs &a, int row) {
	unsigned most = 0;
	for (int i = lane(); i < a.slices; i += 32) {
		unsigned k = a.most[row * a.slices + i];
		most = k > most ? k : most;
	}
	return biggest(most);
}

DEVICE double weight(double score, double most, double temperature) { return fn_exp(score / temperature - most / temperature); }

// sample_weights makes the weights of a slice, and their sum. At temperature 0, only the highest score has one.
KERNEL(256) sample_weights(SampleArgs a) {
	SHARED u64 of_warps[8];
	int row = bid_y(), each = slice(a), from = bid_x() * each, end = from + each < a.vocab ? from + each : a.vocab;
	unsigned top = highest(a, row);
	double most = score(top), temperature = a.how[row * HOWS + TEMPERATURE];
	u64 sum = 0;
	for (int i = from + tid(); i < end; i += sliced) {
		unsigned k = a.keys[(long long)row * a.vocab + i];
		u64 w = temperature > 0 ? (u64)rint_(weight(score(k), most, temperature) * unit) : k == top;
		a.weights[(long long)row * a.vocab + i] = w;
		sum += w;
	}
	sum = warp_sum(sum);
	if (lane() == 0) {
		of_warps[warp()] = sum;
	}
	sync();
	sum = warp_sum(lane() < 8 ? of_warps[lane()] : 0);
	if (tid() == 0) {
		a.sums[row * a.slices + bid_x()] = sum;
	}
}

// total sums up over the tokens of a row; all threads get the sum.
template <class F> DEVICE u64 total(int n, F f) {
	SHARED u64 of_warps[32];
	u64 sum = 0;
	for (int i = tid(); i < n; i += threads) {
		sum += f(i);
	}
	return block_sum(sum, of_warps);
}

// find is the first token, in their order, with which the sum of f exceeds a target; the last one if it never does. The range it is in shrinks by 32 at each turn.
template <class F> DEVICE int find(int n, u64 target, F f) {
	SHARED u64 of_warps[32];
	int from = 0, size = n;
	while (size > 32) {
		int part = (size + 31) / 32, begin = warp() * part, end = begin + part < size ? begin + part : size;
		u64 sum = 0;
		for (int i = begin + lane(); i < end; i += 32) {
			sum += f(from + i);
		}
		sum = warp_sum(sum);
		sync();
		if (lane() == 0) {
			of_warps[warp()] = sum;
		}
		sync();
		int w = 0;
		for (; w < (size - 1) / part && target >= of_warps[w]; w++) {
			target -= of_warps[w];
		}
		from += w * part;
		size = size - w * part < part ? size - w * part : part;
	}
	int i = 0;
	for (u64 v; i < size - 1 && target >= (v = f(from + i)); i++) {
		target -= v;
	}
	return from + i;
}

// Cut is where a row is cut off, in the order of falling scores: all tokens above a key are left, and so many of those that have it, the smallest ones.
struct Cut {
	unsigned key;
	u64 above, equals; // the weight above; how many equals are left
};

// scan is the sum of v over the threads before this one.
DEVICE u64 scan(u64 v) {
	SHARED u64 of_warps[32];
	u64 sum = v;
	for (int n = 1; n < 32; n <<= 1) {
		u64 before = shfl(sum, (lane() - n) & 31);
		sum += lane() >= n ? before : 0;
	}
	sync();
	if (lane() == 31) {
		of_warps[warp()] = sum;
	}
	sync();
	for (int w = 0; w < warp(); w++) {
		sum += of_warps[w];
	}
	return sum - v;
}

// cut is after the first token, in the order of falling scores, with which the sum of f exceeds a target. Tokens below a key are left out. Keys come digit by digit: 11, 11 and
// 10 bits; f is the same for equal keys.
template <class F> DEVICE Cut cut(const unsigned *keys, int n, unsigned least, u64 target, F f) {
	SHARED u64 sums[bins];
	SHARED u64 above;
	SHARED unsigned digit;
	Cut c = {0, 0, 0};
	unsigned known = 0;
	for (int turn = 0; turn < 3; turn++) {
		int shift = turn == 0 ? 21 : turn == 1 ? 10 : 0;
		unsigned mask = turn < 2 ? 2047 : 1023;
		sync();
		for (int i = tid(); i < bins; i += threads) {
			sums[i] = 0;
		}
		sync();
		for (int i = tid(); i < n; i += threads) {
			unsigned k = keys[i];
			if (k >= least && (k & known) == c.key) {
				add_atomically(&sums[k >> shift & mask], f(i));
			}
		}
		sync();
		int high = bins - 1 - 2 * tid(); // a thread has two digits, the highest come first
		u64 first = sums[high], both = first + sums[high - 1], before = c.above + scan(both);
		if (target >= before && target - before < both) {
			bool second = target - before >= first;
			digit = high - second;
			above = before + (second ? first : 0);
		}
		sync();
		c.key |= digit << shift;
		c.above = above;
		known |= mask << shift;
	}
	return c;
}

// Choice is a token with its weight and that of all that were left.
struct Choice {
	int token;
	double weight, of;
};

DEVICE u64 share(double part, u64 whole) {
	u64 v = (u64)(part * (double)whole);
	return v < whole ? v : whole - 1;
}

// choose draws from a row.
DEVICE Choice choose(const SampleArgs &a, int row, double u) {
	const unsigned *keys = a.keys + (long long)row * a.vocab;
	const u64 *weights = a.weights + (long long)row * a.vocab;
	const double *how = a.how + row * HOWS;
	double temperature = how[TEMPERATURE], p = how[TOP_P];
	unsigned top = highest(a, row);
	int n = a.vocab;
	if (temperature == 0) {
		return Choice{find(n, 0, [&](int i) -> u64 { return keys[i] == top; }), 1, 1};
	}
	auto weigh = [&](int i) { return weights[i]; };
	auto one = [&](int) -> u64 { return 1; };
	auto of_key = [&](unsigned k) { return (u64)rint_(weight(score(k), score(top), temperature) * unit); };
	u64 whole = 0;
	for (int i = 0; i < a.slices; i++) {
		whole += a.sums[row * a.slices + i];
	}
	bool filtered = false;
	unsigned least = 0;
	if (how[TOP_K] > 0) {
		filtered = true;
		if (how[TOP_K] < n) {
			u64 last = (u64)how[TOP_K] - 1;
			Cut c = cut(keys, n, 0, last, one);
			least = c.key;
			whole = total(n, [&](int i) -> u64 { return keys[i] > least ? weights[i] : 0; }) + (last - c.above + 1) * of_key(least);
		}
	}
	if (p > 0 && p < 1) {
		filtered = true;
		u64 want = (u64)ceil_(p * (double)whole); // the sum has to reach it
		Cut c = cut(keys, n, least, want > 0 ? (want <= whole ? want : whole) - 1 : 0, weigh);
		u64 w = of_key(c.key), reach = want > c.above ? want - c.above : 1;
		least = c.key;
		whole = c.above + (w > 0 ? (reach + w - 1) / w * w : 0);
	}
	if (how[MIN_P] > 0) {
		filtered = true;
		u64 enough = (u64)ceil_(how[MIN_P] * unit);
		u64 kept = total(n, [&](int i) -> u64 { return keys[i] >= least && weights[i] >= enough ? weights[i] : 0; });
		whole = kept < whole ? kept : whole; // where equals were cut off before, they are the lowest that are left, or go as a whole
	}
	u64 target = share(u, whole);
	int token;
	if (!filtered) {
		token = find(n, target, weigh);
	} else {
		Cut c = cut(keys, n, least, target, weigh);
		u64 w = of_key(c.key);
		token = find(n, w > 0 ? (target - c.above) / w : 0, [&](int i) -> u64 { return keys[i] == c.key; });
	}
	return Choice{token, weight(score(keys[token]), score(top), temperature) * unit, (double)whole};
}

// tell writes down what was chosen.
DEVICE void tell(const SampleArgs &a, int row, int token, double probability) {
	a.tokens[row] = token;
	a.picked[2 * row] = token;
	a.picked[2 * row + 1] = probability;
	if (a.past) {
		a.past[row]++;
	}
}

// sample_pick has a block for each row.
KERNEL(1024) sample_pick(SampleArgs a) {
	int row = bid_x(), number = a.drawn[row];
	if (number < 0 || number >= a.numbers) {
		if (tid() == 0) {
			fault(a.fault, SAMPLE, row, number, a.numbers);
		}
		return;
	}
	Choice c = choose(a, row, a.uniform[(long long)row * a.numbers + number]);
	sync();
	if (tid() == 0) {
		tell(a, row, c.token, c.weight / c.of);
		a.drawn[row] = number + 1;
		a.seen[(long long)row * a.words + c.token / 32] |= (int)(1u << c.token % 32);
	}
}

// sample_highest takes the most probable token of each row; of equals, the smallest. A score and its token are one number, of which the largest counts.
KERNEL(1024) sample_highest(SampleArgs a) {
	SHARED u64 of_warps[32];
	const float *row = a.logits + (long long)bid_x() * a.vocab;
	u64 best = 0;
	int packs = packed(row) ? a.vocab / 4 : 0;
	for (int i = tid(); i < packs; i += threads) {
		float v[4];
		load4(row + 4 * i, v);
#pragma unroll
		for (int c = 0; c < 4; c++) {
			u64 one = (u64)key(v[c]) << 32 | (unsigned)~(4 * i + c);
			best = one > best ? one : best;
		}
	}
	for (int i = 4 * packs + tid(); i < a.vocab; i += threads) {
		u64 one = (u64)key(row[i]) << 32 | (unsigned)~i;
		best = one > best ? one : best;
	}
	best = biggest(best);
	if (lane() == 0) {
		of_warps[warp()] = best;
	}
	sync();
	best = biggest(of_warps[lane()]);
	if (tid() == 0) {
		tell(a, bid_x(), (int)~(unsigned)best, 1);
	}
}
