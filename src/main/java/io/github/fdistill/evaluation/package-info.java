/**
 * Features to numbers: how far a set of samples is from a set of references, and how surely.
 *
 * <p>Start at {@link Measures}. {@link FeatureNetwork} makes features of images; {@link Frechet},
 * {@link KernelDistance} and {@link PrecisionRecall} are the measures of two sets of features.
 *
 * <p>{@code run.EvaluateJob} does all of it; what it finds is an {@link EvaluationResult}.
 */
package io.github.fdistill.evaluation;
