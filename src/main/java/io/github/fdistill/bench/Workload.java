package io.github.fdistill.bench;

import io.github.fdistill.config.Precision;
import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.flops.FloatOperations;
import java.util.function.Consumer;

/**
 * Something that is done again and again, and timed.
 *
 * @param work what it is
 * @param images that it is done for; 0: none
 * @param precision of its convolutions and matrix products
 * @param operations of doing it once
 * @param doing does it once, with its runs of the session made so
 */
public record Workload(
    Work work,
    int images,
    Precision precision,
    FloatOperations operations,
    Consumer<SessionRuns> doing) {}
