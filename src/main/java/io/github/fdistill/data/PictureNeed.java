package io.github.fdistill.data;

/** What keeps a picture from being read as it is: what has to be asked for first. */
enum PictureNeed {
  /** Exif says that it is to be turned or mirrored. */
  TURNED("a picture stored turned", "one stored upright (orientation 1)"),
  /** More than 8 bits a channel. */
  DEEP("more than 8 bits a channel", "8, a byte for each value"),
  /** Cyan, magenta, yellow and black. */
  INKS("a picture in CMYK", "grey or red, green and blue"),
  /** Something is seen through it. */
  TRANSPARENT("a transparent picture", "grey or red, green and blue alone"),
  /** It is of another size or kind than the first. */
  SIZE("a picture of another size", "pictures of one size");

  final String found;
  final String needed;

  PictureNeed(String found, String needed) {
    this.found = found;
    this.needed = needed;
  }
}
