package io.github.fdistill.data;

/** What keeps a picture from being read as it is: what has to be asked for first. */
enum PictureNeed {
  /** Exif says that it is to be turned or mirrored. */
  TURNED("", " stored turned", "one stored upright (orientation 1)"),
  /** More than 8 bits a channel. */
  DEEP("", " of more than 8 bits a channel", "8 bits, a byte for each value"),
  /** Cyan, magenta, yellow and black. */
  INKS("", " in CMYK", "grey or red, green and blue"),
  /** Something is seen through it. */
  TRANSPARENT("transparent ", "", "grey or red, green and blue alone");

  private final String before;
  private final String after;
  final String needed;

  PictureNeed(String before, String after, String needed) {
    this.before = before;
    this.after = after;
    this.needed = needed;
  }

  /** One of these, as "a picture stored turned". */
  String one() {
    return "a " + before + "picture" + after;
  }

  /** So many of these, as "3 pictures stored turned". */
  String many(int count) {
    return count + " " + before + (count == 1 ? "picture" : "pictures") + after;
  }
}
