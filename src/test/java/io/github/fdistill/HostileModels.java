package io.github.fdistill;

import static io.github.fdistill.HostileFiles.filled;
import static io.github.fdistill.OnnxBytes.graph;
import static io.github.fdistill.OnnxBytes.model;
import static io.github.fdistill.OnnxBytes.node;
import static io.github.fdistill.OnnxBytes.sized;
import static io.github.fdistill.OnnxBytes.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Models and data as other programs save them, made to take much memory for their size. */
final class HostileModels {
  /** What is read as text takes long for its size, and is refused by the same count. */
  private static final int MOST_TEXT = 1_000_000;

  private HostileModels() {}

  static List<byte[]> of(Readers reader, int bytes) throws IOException {
    return switch (reader) {
      case TABLE ->
          List.of(
              MadeFiles.npy("<f8", "4096, 4096", new byte[bytes]),
              MadeFiles.npy("<f4", "1, ".repeat(bytes / 3), new byte[4]),
              MadeFiles.npy("|u1", "16777216,", new byte[bytes]),
              MadeFiles.npy("<f4", "4611686018427387904, 4", new byte[bytes]));
      case FROZEN -> List.of(HostileFiles.repeated(bytes, 1), HostileFiles.repeated(bytes, 2));
      case OBJECTS -> List.of(new byte[bytes], filled(bytes, "\u00ff"), filled(bytes, "\n\u0000"));
      case ONNX -> onnx(bytes);
      case CIFAR, TORCH_LEGACY -> pickles(bytes).subList(0, 2);
      case PICKLE -> pickles(bytes);
      case SAFETENSORS -> safetensors(bytes);
      case TORCH -> List.of(entries(bytes), zeros(bytes), filled(bytes, "PK\u0003\u0004"));
      case DIFFUSERS -> json(bytes);
      default -> HostileArchives.of(reader, bytes);
    };
  }

  private static List<byte[]> json(int bytes) {
    return List.of(
        filled(bytes, "["),
        filled(bytes, "{\"labels\":"),
        filled(bytes, "{\"weight_map\":{\"a\":\"b\","),
        HostileFiles.filledByNumber(bytes, "{\"%d\":1,"));
  }

  private static List<byte[]> onnx(int bytes) {
    OnnxBytes chain = new OnnxBytes();
    int nodes = bytes / 40;
    for (int i = 0; i < nodes; i++) {
      String from = i == 0 ? "x" : "t" + (i - 1);
      chain.part(1, node("Relu", i == nodes - 1 ? "y" : "t" + i, from));
    }
    chain.part(11, OnnxBytes.tensor("x", 2)).part(12, OnnxBytes.tensor("y", 2));
    return List.of(
        HostileFiles.repeated(bytes, 7),
        model(17, new OnnxBytes().part(1, HostileFiles.repeated(bytes, 1))),
        model(17, new OnnxBytes().part(5, HostileFiles.repeated(bytes, 1))),
        model(17, chain),
        model(17, graph(node("Add", "y", "x", "w")).part(5, sized("w", 1L << 40))),
        doubling(),
        filled(bytes, "\u003a\u00ff"),
        model(17, graph(node("Relu", "y", "x").text(3, "n".repeat(bytes)))));
  }

  /** A constant that is joined to itself forty times. */
  private static byte[] doubling() {
    OnnxBytes axis = new OnnxBytes().text(1, "axis").number(3, 0).number(20, 2);
    OnnxBytes graph = new OnnxBytes();
    String last = "w";
    for (int i = 0; i < 40; i++) {
      graph.part(1, node("Concat", "c" + i, last, last).part(5, axis));
      last = "c" + i;
    }
    graph.part(1, node("Add", "y", "x", last));
    graph.part(5, weights("w", new long[] {2}, 1, 2));
    graph.part(11, OnnxBytes.tensor("x", 2)).part(12, OnnxBytes.tensor("y", 2));
    return model(17, graph);
  }

  private static List<byte[]> pickles(int bytes) {
    int some = Math.min(bytes, MOST_TEXT);
    return List.of(
        filled(bytes, "]"),
        filled(bytes, "("),
        filled(bytes, "}"),
        filled(bytes, "N"),
        filled(bytes, ")0"),
        filled(bytes, "]\u0094"),
        filled(bytes, "]r\u00ff\u00ff\u00ff\u007f"),
        filled(bytes, "\u008d\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0040"),
        filled(bytes, "B\u00ff\u00ff\u00ff\u007f"),
        filled(bytes, "K\u0001\u0085"),
        // A pair of what stands there, again and again.
        (")" + "2\u0086".repeat(bytes / 2) + ".").getBytes(StandardCharsets.ISO_8859_1),
        filled(some, "I1\n"),
        filled(some, "cnumpy\nndarray\n"));
  }

  private static List<byte[]> safetensors(int size) {
    int bytes = Math.min(size, MOST_TEXT);
    String entry = "\"%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},";
    String many =
        new String(HostileFiles.filledByNumber(bytes, entry), StandardCharsets.ISO_8859_1);
    return List.of(
        headed("{".repeat(bytes)),
        headed("{\"a\":" + "[".repeat(bytes)),
        headed("{" + many + "\"z\":0}"),
        headed("{\"a\":{\"dtype\":\"F32\",\"shape\":[" + "1,".repeat(bytes / 2) + "1]}}"),
        headed("{\"__metadata__\":{\"a\":\"" + "b".repeat(bytes) + "\"}}"),
        headed(" ".repeat(bytes)));
  }

  /** A good header of so many bytes: as many tensors, none of which has numbers. */
  static byte[] manyTensors(int bytes) {
    String entry =
        "\"block.%d.weight\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[0,0]},";
    String many = new String(HostileFiles.filledByNumber(bytes, entry), StandardCharsets.UTF_8);
    return headed("{" + many + "\"__metadata__\":{}}");
  }

  /** Of the largest that may be: one text in a header, objects within each other, or many lines. */
  static void writeLarge(Readers reader, Path file) throws IOException {
    boolean header = reader == Readers.SAFETENSORS;
    int bytes = header ? 90_000_000 : reader == Readers.CHECKSUMS ? 30_000_000 : 16_000_000;
    String deep = "{\"\":".repeat(200) + "0" + "}".repeat(200) + ",";
    String[] text =
        switch (reader) {
          case SAFETENSORS -> new String[] {"{\"__metadata__\":{\"a\":\"\u20ac", "b"};
          case SHARDS -> new String[] {"{\"weight_map\":[", deep};
          case DATASET_JSON -> new String[] {"{\"labels\":{", "\"a\":\"b\","};
          default -> new String[] {"", "0".repeat(64) + "  a\n"};
        };
    byte[] piece = filled(1000, text[1]);
    try (OutputStream out = Files.newOutputStream(file)) {
      if (header) {
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        out.write(length.putLong(bytes).array());
      }
      out.write(text[0].getBytes(StandardCharsets.UTF_8));
      for (int written = 0; written < bytes; written += piece.length) {
        out.write(piece);
      }
    }
  }

  private static byte[] headed(String header) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  /** A zip of many entries, none of which holds anything. */
  static byte[] entries(int bytes) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (int i = 0; i < Math.min(bytes / 100, 60_000); i++) {
        stored(zip, "a/data/" + i, new byte[0]);
      }
    }
    return file.toByteArray();
  }

  /** A zip whose pickle is of marks alone. */
  private static byte[] zeros(int bytes) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.setMethod(ZipOutputStream.STORED);
      stored(zip, "a/data.pkl", filled(bytes, "}"));
    }
    return file.toByteArray();
  }

  private static void stored(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 sum = new CRC32();
    sum.update(bytes);
    entry.setCrc(sum.getValue());
    entry.setSize(bytes.length);
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
