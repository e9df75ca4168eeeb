/** Asks a server, this program's or TensorFlow Serving, for images; and measures how it answers. */
package io.github.fdistill.client;
