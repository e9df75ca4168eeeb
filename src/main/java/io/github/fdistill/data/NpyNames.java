package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Labels that are names: the classes are those names in order, as numpy.unique has them. */
final class NpyNames {
  private static final Pattern TYPE = Pattern.compile("([<>|=]?)([US])(\\d{1,6})");

  private NpyNames() {}

  static boolean areIn(NpyHeader header) {
    return TYPE.matcher(header.type()).matches();
  }

  /** Of each name: four for a character of U, one of S. */
  static int bytes(NpyHeader header) {
    Matcher type = matched(header);
    return Integer.parseInt(type.group(3)) * (type.group(2).equals("U") ? 4 : 1);
  }

  private static Matcher matched(NpyHeader header) {
    Matcher type = TYPE.matcher(header.type());
    if (!type.matches()) {
      throw new IllegalArgumentException(header.type());
    }
    return type;
  }

  static NpyLabels read(NpyHeader header, NpyValues values, int count) {
    Matcher type = matched(header);
    boolean big = type.group(1).equals(">");
    Charset wide = Charset.forName(big ? "UTF-32BE" : "UTF-32LE");
    CharsetDecoder decoder =
        (type.group(2).equals("S") ? StandardCharsets.UTF_8 : wide).newDecoder();
    TreeMap<String, Integer> classes = new TreeMap<>(BY_CODE_POINT);
    List<String> all = new ArrayList<>(count);
    ByteBuffer name = ByteBuffer.allocate(bytes(header)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      values.read(name.clear(), header.offset() + (long) i * name.capacity());
      String text = decoded(header, i, decoder, name).replaceFirst("\0+$", "");
      classes.putIfAbsent(text, 0);
      all.add(classes.floorKey(text)); // One copy of each.
    }
    List<String> names =
        ClassesFile.checked(header.path().toString(), List.copyOf(classes.keySet()));
    for (int label = 0; label < names.size(); label++) {
      classes.put(names.get(label), label);
    }
    int[] labels = all.stream().mapToInt(classes::get).toArray();
    return new NpyLabels(header.path(), labels, names.size(), names);
  }

  private static String decoded(
      NpyHeader header, int index, CharsetDecoder decoder, ByteBuffer name) {
    try {
      return decoder.decode(name.rewind()).toString();
    } catch (CharacterCodingException e) {
      throw new InputException(
          header.path() + "[" + index + "]",
          "a name that is not " + decoder.charset(),
          "names as NumPy writes them, or bytes in UTF-8",
          "save the names again as text, or in UTF-8",
          e);
    }
  }

  private static final Comparator<String> BY_CODE_POINT =
      (a, b) -> {
        int[] left = a.codePoints().toArray();
        int[] right = b.codePoints().toArray();
        return Arrays.compare(left, right);
      };
}
