// Sleeping until a word changes.
#ifndef RESIDENT_CPU_POOL_WAIT_H
#define RESIDENT_CPU_POOL_WAIT_H

#include <stdatomic.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

// word_wait sleeps until word_wake is called, unless the word is no longer what was seen. It may return early.
static void word_wait(_Atomic unsigned *word, unsigned seen) {
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

// word_wake wakes up to n of those that wait for the word.
static void word_wake(_Atomic unsigned *word, int n) {
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

#else
#include <pthread.h>

static pthread_mutex_t word_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t word_changed = PTHREAD_COND_INITIALIZER;

static void word_wait(_Atomic unsigned *word, unsigned seen) {
	pthread_mutex_lock(&word_lock);
	if (atomic_load(word) == seen)
		pthread_cond_wait(&word_changed, &word_lock);
	pthread_mutex_unlock(&word_lock);
}

// The words share one condition, so all are woken.
static void word_wake(_Atomic unsigned *word, int n) {
	(void)word, (void)n;
	pthread_mutex_lock(&word_lock);
	pthread_cond_broadcast(&word_changed);
	pthread_mutex_unlock(&word_lock);
}
#endif

#endif
