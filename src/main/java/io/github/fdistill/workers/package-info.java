/**
 * Several processes that train together: who they are, what they tell each other, and sums over
 * them.
 *
 * <p>Start at {@link Crew}. The first worker, number 0, decides, and writes all that a run leaves;
 * the others do what it orders. Numbers of the training go through TensorFlow's own servers, see
 * {@link Sums}; all else through a {@link Link} from each worker to the first.
 */
package io.github.fdistill.workers;
