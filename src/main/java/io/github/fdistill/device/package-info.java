/** What TensorFlow computes on, and the sessions that compute there. */
package io.github.fdistill.device;
