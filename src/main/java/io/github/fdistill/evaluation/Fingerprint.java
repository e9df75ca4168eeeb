package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.Sha256;

/**
 * What features were computed from: two sets of numbers may be compared where this is the same, and
 * nowhere else.
 *
 * @param network SHA-256 of the features network's folder
 * @param images which images: a dataset's SHA-256, or what a generator and its seeds are told by
 * @param count how many of them
 * @param preprocessing what was done to them before the network, in words
 */
public record Fingerprint(String network, String images, long count, String preprocessing) {
  public Fingerprint {
    if ((network + images + preprocessing).lines().count() > 1) {
      throw new IllegalArgumentException("a line break in " + network + images + preprocessing);
    }
  }

  /** One line a field, as files have it. */
  String text() {
    return "network "
        + network
        + "\nimages "
        + images
        + "\ncount "
        + count
        + "\npreprocessing "
        + preprocessing
        + "\n";
  }

  /**
   * Which file keeps what was computed of it. Besides the fingerprint that depends on how files
   * become pixels, and on what computes features: a GPU rounds the factors of its products.
   */
  String key() {
    return key(ImageSource.PIXELS, Sessions.onGpu());
  }

  String key(int pixels, boolean gpu) {
    String made = "pixels " + pixels + "\ndevice " + (gpu ? "GPU" : "CPU") + "\n";
    return Sha256.ofText(text() + made).substring(0, 16);
  }

  /**
   * @param where whose fingerprint the other one is
   * @throws InputException if anything differs; says what
   */
  public void requireSame(Fingerprint other, String where) {
    requireSameFeatures(other, where);
    if (!images.equals(other.images)) {
      throw differs(
          where,
          "images " + other.images,
          images,
          "a distance to other references is another measure");
    }
    if (count != other.count) {
      throw differs(
          where,
          other.count + " images",
          count + " images",
          "every measure here shifts with the number of images");
    }
  }

  /**
   * Sameness of the features alone, as samples and their references need.
   *
   * @throws InputException if network or preprocessing differ
   */
  public void requireSameFeatures(Fingerprint other, String where) {
    if (!network.equals(other.network)) {
      throw differs(
          where,
          "features of the network with SHA-256 " + other.network,
          "those of " + network,
          "each network has its own features");
    }
    if (!preprocessing.equals(other.preprocessing)) {
      throw differs(
          where,
          "preprocessing: " + other.preprocessing,
          "preprocessing: " + preprocessing,
          "a resized or converted image has other features");
    }
  }

  private static InputException differs(String where, String found, String needed, String why) {
    return new InputException(
        where, found, needed + ", to be compared: " + why, "compute both in the same way");
  }
}
