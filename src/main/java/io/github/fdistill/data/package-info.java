/**
 * Images in and out.
 *
 * <p>Start at {@link ImageSource}, images with their classes, and {@link ImageSources}, which opens
 * datasets, folders of pictures and .npy files in any size asked for. {@link Batches} are a
 * function of their number; {@link BatchesAhead} makes them before they are used. {@link ImageGrid}
 * is a PNG.
 */
package io.github.fdistill.data;
