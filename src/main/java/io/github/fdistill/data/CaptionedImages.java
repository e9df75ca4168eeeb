package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The images of a source with their captions, a row for each caption: an image with several is here
 * as often. Beside its class a model is told the caption, as {@link CaptionTokens}.
 *
 * @param captions of the source
 */
public record CaptionedImages(ImageSource source, Captions captions, CaptionTokens tokens)
    implements CaptionedRows {

  /**
   * Reads all captions.
   *
   * @param skip whether images without a caption are left out
   * @throws io.github.fdistill.InputException if an image has none, or all have none
   */
  public static CaptionedImages of(ImageSource source, Tokenizer tokenizer, boolean skip) {
    Captions captions = Captions.of(source);
    captions.require(source, skip);
    return new CaptionedImages(source, captions, CaptionTokens.of(tokenizer, captions.texts()));
  }

  @Override
  public Conditioning conditioning() {
    List<Conditioning.Input> inputs = new ArrayList<>(source.conditioning().inputs());
    inputs.addAll(tokens.conditioning().inputs());
    return new Conditioning(inputs);
  }

  @Override
  public void copyCondition(long index, ConditionRows into, int row) {
    source.copyCondition(there(index), into, row);
    tokens.copy(Math.toIntExact(index), into, row);
  }

  @Override
  public List<String> notes() {
    List<String> notes = CaptionedRows.super.notes();
    tokens.note("caption").ifPresent(notes::add);
    return notes;
  }

  /** That of the images, of their captions' tokens and of which is whose. */
  @Override
  public String fingerprint() {
    return with(source.fingerprint());
  }

  @Override
  public String fingerprintWith(Map<String, String> others) {
    return with(source.fingerprintWith(others));
  }

  private String with(String images) {
    return Sha256.ofText(
        images + " captions " + tokens.fingerprint() + " " + Arrays.hashCode(captions.images()));
  }
}
