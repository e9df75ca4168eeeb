/** Samples drawn from models, and the pictures and files that they are written to. */
package io.github.fdistill.sampling;
