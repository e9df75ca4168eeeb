/**
 * Images from a model: {@link io.github.fdistill.sampling.Sampler}, in one step or with Heun's
 * method, and the pictures and files that they are written to. The image of a row depends on its
 * seed and condition alone.
 */
package io.github.fdistill.sampling;
