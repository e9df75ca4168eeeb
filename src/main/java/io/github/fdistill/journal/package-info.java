/**
 * What a run shows while it works, and what it leaves on disk.
 *
 * <p>Start at {@link RunFolder}, which a run locks, and {@link RunRecord}, what ran, on what, of
 * what. {@link RunLog} takes the numbers of every step, {@link Checkpoints} the state.
 */
package io.github.fdistill.journal;
