package io.github.fdistill.data;

import java.util.List;

/** What the pictures of a set are said to show. */
interface PictureCaptions {
  /** Of pictures of which nothing is said. */
  PictureCaptions NONE =
      new PictureCaptions() {
        @Override
        public List<String> of(String picture) {
          return List.of();
        }

        @Override
        public boolean hasCaptions() {
          return false;
        }
      };

  /**
   * The captions of a picture, none of them empty; none where it has none.
   *
   * @throws io.github.fdistill.InputException if they cannot be read
   */
  List<String> of(String picture);

  /** Whether a picture may have one, as far as is known without a look at each. */
  boolean hasCaptions();

  /** Whether a file beside the pictures says captions; one that tells of all of them is none. */
  default boolean isFile(String name) {
    return false;
  }
}
