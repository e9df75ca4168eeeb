package io.github.fdistill.graph;

/**
 * Where a checkpoint has the value of a variable.
 *
 * @param name of a tensor
 * @param slice which part of the tensor it is, as RestoreV2 is told: {@code "5 4 0,2:-"}, of a
 *     tensor [5,4] the first two rows; empty: all of it
 */
public record SavedKey(String name, String slice) {}
