package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;

/**
 * Images as a network of latents takes them, a row for each caption: in the place of its pixels an
 * image has its latents, and in the place of its caption what text encoders make of it. Both were
 * computed ahead.
 *
 * @param source of the images
 * @param captions of the source
 * @param texts for each caption the number of its text among {@code told}
 * @param latent [h,w,L]
 * @param latents of each image; none of prompts alone, whose images are zeros
 * @param inputs what a text becomes
 * @param told of each text, its inputs side by side
 * @param cut what is to be known of captions that are too long, a line each
 * @param fingerprint of the images, their captions and what encoded them
 */
public record EncodedImages(
    ImageSource source,
    Captions captions,
    int[] texts,
    Shape latent,
    Optional<LatentRows> latents,
    List<Conditioning.Input> inputs,
    EncodedRows told,
    List<String> cut,
    String fingerprint)
    implements CaptionedRows, EncodedAhead {

  @Override
  public List<String> notes() {
    List<String> notes = CaptionedRows.super.notes();
    notes.addAll(cut);
    return notes;
  }

  @Override
  public ImageSource pictures() {
    return source.pictures();
  }

  /** The mean of an image's latents, in the network's units. */
  @Override
  public void copy(long index, float[] into, int offset) {
    if (latents.isPresent()) {
      latents.get().copy(there(index), into, offset);
    } else {
      Arrays.fill(into, offset, offset + valuesPerImage(), 0);
    }
  }

  @Override
  public void draw(long index, long key, float[] into, int offset) {
    if (latents.isPresent()) {
      latents.get().draw(there(index), key, into, offset);
    } else {
      copy(index, into, offset);
    }
  }

  @Override
  public Conditioning conditioning() {
    List<Conditioning.Input> all = new ArrayList<>(source.conditioning().inputs());
    all.addAll(inputs);
    return new Conditioning(all);
  }

  @Override
  public void copyCondition(long index, ConditionRows into, int row) {
    source.copyCondition(there(index), into, row);
    int place = 0;
    for (Conditioning.Input input : inputs) {
      int size = (int) input.each().size();
      if (into.columns().get(input.name()) instanceof ConditionRows.Floats floats) {
        told.copy(texts[Math.toIntExact(index)], place, size, floats.values(), row * size);
      }
      place += size;
    }
  }
}
