/**
 * Files and folders that are whole or absent, whatever happens to the program or the disk.
 *
 * <p>Start at {@link AtomicFile} and {@link AtomicFolder}. {@link Sha256} proves what was read, and
 * {@link Installation} finds what comes with the program.
 */
package io.github.fdistill.files;
