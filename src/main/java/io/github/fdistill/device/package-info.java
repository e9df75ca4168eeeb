/**
 * What TensorFlow computes on, and the sessions that compute there.
 *
 * <p>Start at {@link Sessions}, which begins every graph and opens every session, on the device
 * that was chosen; {@link Natives} sets up the libraries below. {@link Lanes} is work side by side
 * on a CPU.
 */
package io.github.fdistill.device;
