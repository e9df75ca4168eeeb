package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads tensors: their numbers lie in the model, or in a file of its own folder that it names. */
final class OnnxTensors {
  private static final int MOST_DIMS = 8;

  private final Path path;
  private final Room room;
  private final Map<String, Bytes> beside = new LinkedHashMap<>();

  OnnxTensors(Path path, Room room) {
    this.path = path;
    this.room = room;
  }

  /** The model's file and those beside it that were named so far. */
  List<Path> files() {
    List<Path> files = new ArrayList<>(List.of(path));
    beside.values().forEach(bytes -> files.add(bytes.path()));
    return files;
  }

  /** Reads a TensorProto. */
  OnnxTensor read(Wire wire) {
    String name = "";
    long type = 0;
    Bytes raw = null;
    boolean external = false;
    Numbers dims = new Numbers("a tensor's sizes", room);
    Numbers listed = new Numbers("a tensor", room);
    Map<String, String> place = new LinkedHashMap<>();
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> wire.numbers(dims);
        case 2 -> type = wire.number();
        case 3 -> throw wire.wrong("a tensor in segments");
        case 4, 10 -> raw = wire.part(); // float_data and double_data lie as raw_data does.
        case 5, 7 -> wire.numbers(listed);
        case 8 -> name = wire.text();
        case 9 -> raw = wire.part();
        case 13 -> entry(wire.message("the place of a tensor"), place);
        case 14 -> external = wire.number() == 1;
        default -> {}
      }
    }
    String where = path + ", tensor " + (name.isEmpty() ? "of a constant" : name);
    ElementType element = type(where, type);
    if (external) {
      raw = external(where, place);
    }
    if (dims.count() > MOST_DIMS) {
      throw wire.wrong(dims.count() + " sizes of tensor " + name);
    }
    boolean bits = element == ElementType.FLOAT16 || element == ElementType.BFLOAT16;
    if (raw == null && bits) {
      raw = halves(wire, listed.whole());
    }
    long[] sizes = dims.whole();
    if (raw != null) {
      return new OnnxTensor(where, name, element, sizes, raw, null);
    }
    return new OnnxTensor(where, name, element, sizes, null, listed.values());
  }

  /** Fractions of 16 bits may be listed as whole numbers of these bits. */
  private Bytes halves(Wire wire, long[] listed) {
    ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES * listed.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    for (long bits : listed) {
      if (bits < 0 || bits > 0xffff) {
        throw wire.wrong("the number " + bits + " where 16 bits are");
      }
      bytes.putShort((short) bits);
    }
    return Bytes.of(path, bytes.array());
  }

  private static ElementType type(String where, long type) {
    return ElementType.of(type)
        .orElseThrow(
            () ->
                new InputException(
                    where,
                    "elements of type " + type,
                    "floats of 16, 32 or 64 bits, signed whole numbers, or truth values",
                    "export the network without quantisation, and without texts"));
  }

  private static void entry(Wire wire, Map<String, String> place) {
    String key = "";
    String value = "";
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> key = wire.text();
        case 2 -> value = wire.text();
        default -> {}
      }
    }
    if (place.put(key, value) != null || place.size() > MOST_DIMS) {
      throw wire.wrong("the entry '" + key + "' twice, or too many");
    }
  }

  private Bytes external(String where, Map<String, String> place) {
    String location = place.getOrDefault("location", "");
    Path file = beside(where, location);
    if (!Files.isRegularFile(file)) {
      throw wrong(where, "in " + location + ", which is not there", "that file beside the model");
    }
    Bytes all = beside.computeIfAbsent(location, name -> Bytes.of(file));
    long offset = number(where, place.getOrDefault("offset", "0"));
    long length =
        place.containsKey("length")
            ? number(where, place.get("length"))
            : Math.max(0, all.size() - offset);
    if (offset > all.size() || length > all.size() - offset) {
      throw wrong(
          where,
          length + " bytes at " + offset + " of " + location + ", which has " + all.size(),
          "a place within that file");
    }
    return all.slice(offset, length);
  }

  /** The file of this name in the model's folder, whatever letters its name has. */
  private Path beside(String where, String name) {
    boolean within = !List.of("", ".", "..").contains(name) && !name.matches("(?s).*[/\\\\:\0].*");
    try {
      if (within) {
        return path.resolveSibling(name);
      }
    } catch (InvalidPathException e) {
      throw wrong(where, "in '" + name + "'", "a name that this system can write: see LC_ALL");
    }
    throw wrong(where, "in '" + name + "'", "the name of a file in the model's folder");
  }

  private static long number(String where, String text) {
    if (!text.matches("[0-9]{1,18}")) {
      throw wrong(where, "the number '" + text + "' of its place", "a whole number of bytes");
    }
    return Long.parseLong(text);
  }

  private static InputException wrong(String where, String found, String needed) {
    return new InputException(
        where, found, needed, "download or copy the model again, with the files beside it");
  }
}
