/**
 * The program: flags to calls, help, and what is printed. No interface for other programs.
 *
 * <p>Start at {@link Main}; each command is a class of its own.
 */
package io.github.fdistill.cli;
