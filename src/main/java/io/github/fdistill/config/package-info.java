/**
 * The settings of a run, as messages or as text protobufs: read from a file or a text, overridden
 * and checked by {@link Configs}; errors carry file:line:column. The messages are generated; what
 * each field means, and its default, stands in the .proto files beside the sources.
 */
package io.github.fdistill.config;
