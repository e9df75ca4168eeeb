/**
 * Reads, checks and prints the text protobufs that configure a run; errors carry file:line:column.
 * The messages, with what each field means and its default, are generated of src/main/proto. {@link
 * io.github.fdistill.config.Configs} makes them of a file or a text; their builders do without.
 */
package io.github.fdistill.config;
