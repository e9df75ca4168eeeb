/**
 * Images in and out.
 *
 * <p>Start at {@link ImageSource}, images with their classes, and {@link ImageSources}, which opens
 * datasets, folders of pictures and .npy files in any size asked for. Pictures pass through {@link
 * NamedFiles} (where they lie), {@link PictureNames} (which they are, and of what class), {@link
 * Picture} (what a file holds) and {@link PictureReading} (what is made of it); {@link Survey}
 * looks at all of them before they are used. {@link Captions} are what images are said to show, and
 * {@link CaptionedImages} the images with these as rows of tokens. {@link Batches} are a function
 * of their number; {@link BatchesAhead} makes them before they are used. {@link ImageGrid} is a
 * PNG.
 */
package io.github.fdistill.data;
