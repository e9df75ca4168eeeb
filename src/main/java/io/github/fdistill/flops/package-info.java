/** How much a graph computes. */
package io.github.fdistill.flops;
