package io.github.fdistill.run;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A setting with which a run takes less memory.
 *
 * @param setting in words
 * @param bytes how much less, at most; none where that is not known before it is tried
 * @param about "up to ", or nothing
 * @param instead whether it spares what the others would, so that it does not add to them
 */
record Saving(String setting, OptionalLong bytes, String about, boolean instead) {

  /** Of just so many bytes. */
  static Saving of(String setting, long bytes) {
    return new Saving(setting, OptionalLong.of(bytes), "", false);
  }

  static Saving upTo(String setting, long bytes) {
    return new Saving(setting, OptionalLong.of(bytes), "up to ", false);
  }

  static Saving unknown(String setting) {
    return new Saving(setting, OptionalLong.empty(), "", false);
  }

  /** The same in the place of all others. */
  Saving inTheirPlace() {
    return new Saving(setting, bytes, about, true);
  }

  /**
   * What to say where a run takes too much: the settings, and whether they are enough; perhaps, for
   * some spare what others do, and what a checkpoint holds beside it goes with what it is of.
   *
   * @param savings what costs least first
   * @param missing bytes
   * @param otherwise what helps besides
   */
  static String remedy(List<Saving> savings, long missing, String otherwise) {
    if (savings.isEmpty()) {
      return otherwise;
    }
    List<String> each = new ArrayList<>();
    savings.forEach(saving -> each.add(saving.text(missing)));
    each.add(otherwise);
    return together(savings, missing) + "what costs least first: " + String.join("; or ", each);
  }

  private String text(long missing) {
    if (bytes.isEmpty()) {
      return setting;
    }
    String enough = bytes.getAsLong() >= missing ? ", perhaps enough alone" : "";
    return setting + " (" + about + DryRun.mb(bytes.getAsLong()) + " MB less" + enough + ")";
  }

  /** Nothing where one is enough alone, or may be. */
  private static String together(List<Saving> savings, long missing) {
    if (savings.stream().anyMatch(saving -> saving.bytes.orElse(missing) >= missing)) {
      return "";
    }
    long added = savings.stream().filter(s -> !s.instead).mapToLong(s -> s.bytes.getAsLong()).sum();
    long most = savings.stream().mapToLong(s -> s.bytes.getAsLong()).max().getAsLong();
    long all = Math.max(added, most);
    return DryRun.mb(missing)
        + " MB are too much, of which these settings spare up to "
        + DryRun.mb(all)
        + (all < missing ? ": perhaps not enough; " : " together: perhaps none is enough alone; ");
  }
}
