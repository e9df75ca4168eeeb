/**
 * How fast steps and samplers are, beside what the machine can do. Start at {@link Bench}, which
 * times the {@link Workload workloads} of several variants in turns.
 */
package io.github.fdistill.bench;
