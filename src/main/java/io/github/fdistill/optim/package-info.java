/**
 * What changes weights: an {@link Optimiser} with a {@link LearningRate}, and {@link
 * WeightAverage}, each over one vector of a network's weights.
 */
package io.github.fdistill.optim;
