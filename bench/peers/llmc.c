// llm.c's training on the CPU as a racer (see bench/race): built with its own Makefile, in the place of its test of train_gpt2.c.
//
// usage: test_gpt2 FILE BATCH TOKENS FLAGS    FLAGS, what it was compiled with, is only told
#define TESTING
#include "train_gpt2.c"

// make_tokens goes on with the linear congruential generator of Numerical Recipes.
static void make_tokens(uint32_t *state, int *tokens, int n, int vocab) {
	for (int i = 0; i < n; i++) {
		*state = *state * 1664525u + 1013904223u;
		tokens[i] = (int)((*state >> 8) % (uint32_t)vocab);
	}
}

int main(int argc, char **argv) {
	if (argc != 5)
		return 2;
	int batch = atoi(argv[2]), length = atoi(argv[3]), n = batch * length;
	GPT2 model;
	gpt2_build_from_checkpoint(&model, argv[1]);
	int *tokens = mallocCheck((n + 1) * sizeof(int));
	uint32_t state = 1;
	printf("ready 0 llm.c train_gpt2.c, %s, f32\n", argv[4]);
	fflush(stdout);
	for (int threads, step = 1; scanf("%d", &threads) == 1; step++) {
#ifdef OMP
		omp_set_num_threads(threads);
#endif
		struct timespec begun, done;
		make_tokens(&state, tokens, n + 1, model.config.vocab_size);
		clock_gettime(CLOCK_MONOTONIC, &begun);
		gpt2_forward(&model, tokens, tokens + 1, batch, length);
		gpt2_zero_grad(&model);
		gpt2_backward(&model);
		gpt2_update(&model, 1e-4f, 0.9f, 0.999f, 1e-8f, 0.0f, step);
		clock_gettime(CLOCK_MONOTONIC, &done);
		printf("%.6f %.7f\n", (double)(done.tv_sec - begun.tv_sec) + 1e-9 * (double)(done.tv_nsec - begun.tv_nsec), model.mean_loss);
		fflush(stdout);
	}
	return 0;
}
