/**
 * What images are drawn under: a class, and whatever else a model takes beside noisy images and
 * their noise levels. {@link io.github.fdistill.condition.Conditioning} says what a model takes,
 * {@link io.github.fdistill.condition.Condition} is that as tensors of a graph, and {@link
 * io.github.fdistill.condition.ConditionRows} as arrays outside of any. Other rooms pass them on
 * and do not look inside.
 */
package io.github.fdistill.condition;
