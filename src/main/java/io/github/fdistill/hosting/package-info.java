/**
 * A version of a model, loaded and run: in this process, or in one of its own that may crash.
 *
 * <p>Start at {@link HostedModel}. {@link ModelHere} is TensorFlow in this process; {@link
 * ModelApart} is a process that is watched, and started again.
 */
package io.github.fdistill.hosting;
