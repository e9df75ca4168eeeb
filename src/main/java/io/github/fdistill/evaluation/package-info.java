/** Features to numbers: how far a set of samples is from a set of references, and how surely. */
package io.github.fdistill.evaluation;
