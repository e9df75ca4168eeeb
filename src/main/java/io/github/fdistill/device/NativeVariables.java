package io.github.fdistill.device;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Variables of this process's environment, which Java cannot set: TensorFlow reads some of its
 * settings there alone. The C library's list of them, {@code environ} (POSIX.1-2017, 8.1), is
 * replaced by a longer one before TensorFlow's libraries are loaded. Processes that are started
 * from here inherit what Java knows, which is without them, and set their own.
 */
final class NativeVariables {
  private static final String LIST = "environ";

  /** The list and its texts, which the C library points to from now on. */
  private static final List<Pointer> KEPT = new ArrayList<>();

  private NativeVariables() {}

  /**
   * Sets variables that the user has not, or has set to nothing.
   *
   * <p>Nothing is set where the system has no such list, or JavaCPP's libraries are not for it.
   *
   * @param values by their names
   */
  static synchronized void preset(Map<String, String> values) {
    try {
      Loader.load(org.bytedeco.javacpp.presets.javacpp.class);
      Pointer symbol = Loader.addressof(LIST);
      if (symbol != null && !symbol.isNull()) {
        append(new PointerPointer<>(symbol), values);
      }
    } catch (LinkageError e) {
      // What is preset is a comfort: all works without.
    }
  }

  /** Whether the user has set it. */
  private static boolean isSet(String name) {
    String value = System.getenv(name);
    return value != null && !value.isBlank();
  }

  /**
   * @param place where the list's address stands
   */
  private static void append(PointerPointer<?> place, Map<String, String> values) {
    PointerPointer<?> old = new PointerPointer<>(place.get(0));
    List<Pointer> all = new ArrayList<>();
    long read = 0;
    for (Pointer text = old.get(0); text != null; text = old.get(++read)) {
      String name = new BytePointer(text).getString(StandardCharsets.UTF_8).split("=", 2)[0];
      if (!values.containsKey(name) || isSet(name)) {
        all.add(text);
      }
    }
    values.forEach(
        (name, value) -> {
          if (!isSet(name)) {
            Pointer text = new BytePointer(name + "=" + value, StandardCharsets.UTF_8);
            KEPT.add(text);
            all.add(text);
          }
        });
    PointerPointer<?> longer = new PointerPointer<>(all.size() + 1L);
    for (int i = 0; i < all.size(); i++) {
      longer.put(i, all.get(i));
    }
    longer.put(all.size(), (Pointer) null);
    KEPT.add(longer);
    place.put(0, longer);
  }
}
