package io.github.fdistill.network;

/**
 * Of the layers of a transformer of CLIP's.
 *
 * @param width of a token
 * @param hidden width within a layer
 * @param layers how many there are
 * @param heads of attention, which divide the width
 * @param quickGelu the activation is x sigmoid(1.702 x), else x / 2 (1 + erf(x / sqrt(2)))
 * @param epsilon of the normalisations
 */
public record ClipSizes(
    int width, int hidden, int layers, int heads, boolean quickGelu, double epsilon) {}
