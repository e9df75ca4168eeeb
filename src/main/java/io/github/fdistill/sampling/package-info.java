/**
 * Images from a model: {@link Sampler}, in one step or with Heun's method. The image of a row
 * depends on its seed and class alone.
 */
package io.github.fdistill.sampling;
