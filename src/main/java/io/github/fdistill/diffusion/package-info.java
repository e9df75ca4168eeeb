/**
 * The theory of diffusion, as formulas: no networks and no files.
 *
 * <p>Start at {@link Denoiser}, the estimate of an image in noise, and {@link Generator}, which
 * makes images of noise: in many steps ({@link HeunSampler}) or one ({@link OneStep}). Noise is
 * EDM's, x = image + sigma times a normal; {@link Convention} is how models of others speak of it.
 */
package io.github.fdistill.diffusion;
