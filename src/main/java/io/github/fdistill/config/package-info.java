/**
 * Reads, checks and prints the text protobufs that configure a run; errors carry file:line:column.
 */
package io.github.fdistill.config;
