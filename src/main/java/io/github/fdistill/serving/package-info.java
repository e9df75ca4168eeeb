/**
 * What is exported, in TensorFlow Serving's layout.
 *
 * <p>Start at {@link StudentExport}, the signatures of a student, and {@link ServingKit}, all that
 * a server wants beside them. {@link ClassifierExport} is the same for a features network.
 */
package io.github.fdistill.serving;
