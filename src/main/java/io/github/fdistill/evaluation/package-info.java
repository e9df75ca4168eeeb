/**
 * Features to numbers: how far a set of samples is from a set of references, and how surely. {@code
 * run.EvaluateJob} is the way in; what it finds is an {@link
 * io.github.fdistill.evaluation.EvaluationResult}.
 */
package io.github.fdistill.evaluation;
