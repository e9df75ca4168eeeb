/**
 * What a SavedModel holds, and what it can be used for; where it cannot, the op that is in the way.
 *
 * <p>Start at {@link Inspection}, which {@link InspectionText} and {@link InspectionJson} tell.
 * {@link GradientCheck} holds derivatives against finite differences.
 */
package io.github.fdistill.inspect;
