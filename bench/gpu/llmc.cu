// llm.c's training on a GPU beside bench/gpu, in the same form: NAME <tab> VALUE <tab> UNIT <tab> NOTE. bench/gpu/build-llmc compiles it with llm.c's source.
//
// A step is what its own main does for one: forwards, backwards, the norm of the gradients, AdamW on master weights with clipping. GPT-2 124M with a
// vocabulary padded to 50304, bf16, nothing computed twice (its flag -r 0), attention without cuDNN, 16 x 1024 made-up tokens: those of bench/gpu.
//
// usage: llmc [STEPS]
#include <cuda_runtime.h>

// llm.c was written for CUDA 12, where a place is a number; the one that it names is the host.
#if CUDART_VERSION >= 13000
#define cudaMemAdvise(at, bytes, advice, place) cudaMemAdvise(at, bytes, advice, cudaMemLocation{cudaMemLocationTypeHost, 0})
#endif
#define TESTING
#include "train_gpt2.cu"

#include <algorithm>
#include <vector>

// make_tokens goes on with the linear congruential generator of Numerical Recipes.
static void make_tokens(uint32_t *state, int *tokens, int n, int vocab) {
	for (int i = 0; i < n; i++) {
		*state = *state * 1664525u + 1013904223u;
		tokens[i] = (int)((*state >> 8) % (uint32_t)vocab);
	}
}

int main(int argc, char **argv) {
	const int batch = 16, length = 1024, warm = 5;
	int steps = argc > 1 ? atoi(argv[1]) : 20;
	char none[1] = "";
	multi_gpu_config = multi_gpu_config_init(1, 0, 1, none, none, none);
	common_start(true, false);
	GPT2 model;
	gpt2_init_common(&model);
	gpt_build_from_descriptor(&model, "d12");
	model.use_master_weights = 1;
	model.recompute = 0;
	set_zero_configs(&multi_gpu_config, 0, model.num_parameters);
	gpt2_allocate_state(&model, batch, length);

	std::vector<int> tokens(batch * length + 1);
	uint32_t state = 1;
	make_tokens(&state, tokens.data(), (int)tokens.size(), model.config.vocab_size);
	std::vector<double> times;
	for (int step = 1; step <= warm + steps; step++) {
		struct timespec begun, done;
		cudaCheck(cudaDeviceSynchronize());
		clock_gettime(CLOCK_MONOTONIC, &begun);
		gpt2_forward(&model, tokens.data(), batch, length);
		gpt2_backward_and_reduce(&model, tokens.data(), tokens.data() + 1, 1, 0);
		float norm = gpt2_calculate_grad_norm(&model, &multi_gpu_config);
		gpt2_update(&model, 3e-4f, 0.9f, 0.999f, 1e-8f, 0.1f, norm > 1 ? 1 / norm : 1.0f, step, &multi_gpu_config);
		cudaCheck(cudaDeviceSynchronize());
		clock_gettime(CLOCK_MONOTONIC, &done);
		if (step > warm)
			times.push_back((double)(done.tv_sec - begun.tv_sec) + 1e-9 * (double)(done.tv_nsec - begun.tv_nsec));
	}
	std::sort(times.begin(), times.end());
	double took = times[times.size() / 2];
	printf("train bf16 llm.c\t%.5g\tms/step\t%d x %d tokens, %.0f tokens/s, loss %.4f\n", took * 1e3, batch, length, batch * length / took, model.mean_loss);
	return 0;
}
