package io.github.fdistill.report;

import java.util.List;

/** A heading and what stands under it. */
public record Section(String heading, List<Block> blocks) {
  public Section {
    blocks = List.copyOf(blocks);
  }

  /** The same, with the blocks listed. */
  public static Section of(String heading, Block... blocks) {
    return new Section(heading, List.of(blocks));
  }
}
