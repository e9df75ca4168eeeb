/**
 * Turns a diffusion model, which needs many evaluations of a network for an image, into a generator
 * that needs one. Every room stands on lower ones only: from {@code device} and {@code expr} over
 * {@code network} and {@code training} to {@code cli}.
 *
 * <p>{@link InputException} is what a user can mend: where it is, what was found, what is needed,
 * and the remedy.
 */
package io.github.fdistill;
