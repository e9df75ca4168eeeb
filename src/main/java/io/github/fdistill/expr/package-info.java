/**
 * Float formulas over TensorFlow ops, written as the paper writes them.
 *
 * <p>Start at {@link Expr}, which is an operand with arithmetic. {@link Noise} is random numbers as
 * a function of seed, step and row, and {@link FloatVariable} a variable of a graph.
 */
package io.github.fdistill.expr;
