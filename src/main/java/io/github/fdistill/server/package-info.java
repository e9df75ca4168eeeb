/** TensorFlow Serving's API on this machine, for development and small installations. */
package io.github.fdistill.server;
