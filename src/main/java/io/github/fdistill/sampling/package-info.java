/**
 * Samples drawn from models, and the pictures and files that they are written to. Begin with {@link
 * io.github.fdistill.sampling.Samples#of}: it draws what a {@link
 * io.github.fdistill.sampling.SampleGrid} says, as a {@link io.github.fdistill.sampling.Sampling}
 * says, from a model that {@link io.github.fdistill.network.NamedModel} opens.
 */
package io.github.fdistill.sampling;
