/**
 * The f-divergences that distillation can minimise, and the density ratio that they weigh by.
 *
 * <p>Start at {@link FDivergence}: f, and the weight h(r) that it gives a sample of density ratio
 * r. {@link DensityRatio} is how r comes from a discriminator's logits.
 */
package io.github.fdistill.divergence;
