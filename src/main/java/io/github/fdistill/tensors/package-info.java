/**
 * Named tensors in files that other programs wrote, of any size: mapped, looked at within bounds,
 * and read part by part.
 *
 * <p>Start at {@link TensorFiles}; a {@link NamedTensor} gives its numbers in any order of its
 * axes.
 */
package io.github.fdistill.tensors;
