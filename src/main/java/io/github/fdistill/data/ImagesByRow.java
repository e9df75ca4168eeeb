package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.files.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Images of which more is known in files beside them: for each input of a model a row of numbers
 * for each image, in the images' order.
 *
 * @param rows by the names of the inputs, in their order
 */
public record ImagesByRow(ImageSource source, Map<String, NpyRows> rows) implements DerivedImages {
  /**
   * @throws InputException when there are not as many rows as images, or one more, that of no
   *     condition; or when something else has such a name
   */
  public ImagesByRow {
    long images = source.size();
    rows.forEach(
        (name, each) -> {
          if (each.count() != images && each.count() != images + 1) {
            throw new InputException(
                each.path() + ", for '" + name + "'",
                each.count() + " rows",
                images + ", one for each image, in their order; or one more, for none",
                "save a row for each image that ./fdistill data counts");
          }
        });
    conditioning(source, rows);
  }

  @Override
  public Conditioning conditioning() {
    return conditioning(source, rows);
  }

  private static Conditioning conditioning(ImageSource source, Map<String, NpyRows> rows) {
    List<Conditioning.Input> inputs = new ArrayList<>(source.conditioning().inputs());
    rows.forEach(
        (name, each) ->
            inputs.add(new Conditioning.Input(name, each.dataType(), each.each(), List.of())));
    return new Conditioning(inputs);
  }

  @Override
  public void copyCondition(long index, ConditionRows into, int row) {
    source.copyCondition(index, into, row);
    rows.forEach(
        (name, each) -> {
          if (into.columns().containsKey(name)) {
            each.copy(index, into.columns().get(name), row);
          }
        });
  }

  @Override
  public void check() {
    source.check();
    for (NpyRows each : rows.values()) {
      LongStream.range(0, size()).forEach(each::row);
    }
  }

  @Override
  public String fingerprint() {
    return with(source.fingerprint());
  }

  @Override
  public String fingerprintWith(Map<String, String> others) {
    return with(source.fingerprintWith(others));
  }

  private String with(String images) {
    StringBuilder text = new StringBuilder(images);
    rows.forEach(
        (name, each) -> text.append(" and by row ").append(name).append(' ').append(each.sum()));
    return Sha256.ofText(text.toString());
  }
}
