package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import org.tensorflow.op.Ops;

/** What a network that others trained takes a pixel for, which is a byte b from 0 to 255. */
public enum PixelRange {
  /** b / 127.5 - 1. */
  MINUS_ONE_TO_ONE("-1..1") {
    @Override
    Expr of(Expr bytes) {
      return bytes.over(127.5).minus(1);
    }
  },
  /** b / 255. */
  ZERO_TO_ONE("0..1") {
    @Override
    Expr of(Expr bytes) {
      return bytes.over(255);
    }
  },
  /** b. */
  BYTES("0..255") {
    @Override
    Expr of(Expr bytes) {
      return bytes;
    }
  },
  /**
   * (b / 255 - mean) / deviation of red, green and blue over ImageNet, as torchvision's classifiers
   * have them: means 0.485, 0.456, 0.406, deviations 0.229, 0.224, 0.225.
   */
  IMAGENET("imagenet") {
    @Override
    Expr of(Expr bytes) {
      Ops tf = bytes.tf();
      return bytes
          .over(255)
          .minus(tf.constant(new float[] {0.485f, 0.456f, 0.406f}))
          .over(tf.constant(new float[] {0.229f, 0.224f, 0.225f}));
    }
  };

  private final String word;

  PixelRange(String word) {
    this.word = word;
  }

  /** As it is said in a command. */
  public String word() {
    return word;
  }

  /** [N,H,W,C], values of bytes, as the network takes them. */
  abstract Expr of(Expr bytes);

  /**
   * By its word.
   *
   * @throws InputException for any other
   */
  public static PixelRange of(String word) {
    for (PixelRange range : values()) {
      if (range.word.equals(word)) {
        return range;
      }
    }
    throw InputException.ofValue("pixels", word, "-1..1, 0..1, 0..255 or imagenet");
  }
}
