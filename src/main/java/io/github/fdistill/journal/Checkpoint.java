package io.github.fdistill.journal;

import java.nio.file.Path;

/**
 * A checkpoint whose every file has been found whole.
 *
 * @param step training steps done when it was written
 * @param folder where its files lie
 */
public record Checkpoint(long step, Path folder) {}
