/**
 * Images from a model: {@link io.github.fdistill.sampling.Sampler}, in one step or a few, or with
 * Heun's method, and the pictures and files that they are written to. The image of a row depends on
 * its seed and condition alone.
 *
 * <p>Start at {@link Samples#of}: it draws what a {@link SampleGrid} says, as a {@link Sampling}
 * says, from a model that {@link io.github.fdistill.network.NamedModel} opens.
 */
package io.github.fdistill.sampling;
