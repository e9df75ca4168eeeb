/**
 * Files and folders that are whole or absent, whatever happens to the program or the disk, and read
 * within bounds.
 *
 * <p>Start at {@link AtomicFile} and {@link AtomicFolder}, and for reading at {@link RegularFile}.
 * {@link Sha256} proves what was read, and {@link Installation} finds what comes with the program.
 */
package io.github.fdistill.files;
