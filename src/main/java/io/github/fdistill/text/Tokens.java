package io.github.fdistill.text;

/**
 * A text as numbers.
 *
 * @param numbers [L], those of the text first and those of the padding behind
 * @param used how many are the text's, its start and its end among them
 * @param left how many tokens of the text did not fit, and are not there
 */
public record Tokens(int[] numbers, int used, int left) {

  /** 1 where a token is the text's, 0 where it is padding, [L]. */
  public int[] mask() {
    int[] mask = new int[numbers.length];
    java.util.Arrays.fill(mask, 0, used, 1);
    return mask;
  }
}
