/**
 * How much a graph computes: {@link FloatOperations}, counted from the shapes of its matrix
 * products and convolutions.
 */
package io.github.fdistill.flops;
