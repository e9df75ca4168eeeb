/**
 * A SavedModel in, a SavedModel out, and the functions between.
 *
 * <p>Start at {@link SavedModel}, which reads one of any origin within bounds, and refuses what is
 * no pure function of numbers. {@link SavedModelBuilder} writes one. Between them a network is a
 * function that other graphs call, with its weights as arguments.
 */
package io.github.fdistill.savedmodel;
