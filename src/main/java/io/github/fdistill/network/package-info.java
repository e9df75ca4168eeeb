/**
 * Networks: those that this program builds, and those that SavedModels hold.
 *
 * <p>Start at {@link StudentModel} and {@link DenoiserModel}, a generator and a denoiser read from
 * a folder, whatever way of speaking of noise they have. {@link Networks} builds new ones of a
 * .pbtxt.
 */
package io.github.fdistill.network;
