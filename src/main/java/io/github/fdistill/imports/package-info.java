/**
 * Models as others save them become networks of ours: what a file or folder says is turned into a
 * description, and its tensors into the description's parameters.
 *
 * <p>Start at {@link Importing}. Each family that is read has its own {@code ...Source}, which says
 * what network it is, and {@code ...Names}, which says which tensor each parameter is.
 */
package io.github.fdistill.imports;
