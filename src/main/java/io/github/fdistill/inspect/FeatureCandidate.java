package io.github.fdistill.inspect;

/**
 * A map inside a network that a discriminator could look at.
 *
 * @param tensor its name {@code node:index} in the graph without calls
 * @param last whether it is the one that a mapping's {@code feature { height: ... }} takes: the
 *     last of its height on the way down
 */
public record FeatureCandidate(
    String tensor, long height, long width, long channels, boolean last) {}
