package io.github.fdistill;

import static io.github.fdistill.HostileFiles.filled;
import static io.github.fdistill.HostileFiles.filledByNumber;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Archives and lists that are made to take much memory for their size. */
final class HostileArchives {
  private static final String LONG_NAME = "././@LongLink";

  /** Larger ones take long, and are refused by the same counts. */
  private static final int MOST = 1_000_000;

  private HostileArchives() {}

  static List<byte[]> of(Readers reader, int size) throws IOException {
    int bytes = Math.min(size, MOST);
    return switch (reader) {
      case CLASSES -> List.of(filled(size, "a\n"), filled(size, "\n"), filled(size, "a"));
      case NPZ, ZIP, MOMENTS ->
          List.of(
              HostileModels.entries(bytes),
              filled(bytes, "PK\u0003\u0004"),
              ArchivedFiles.zipped(
                  Map.of("mu.npy", zeros(bytes), "a/a.png", zeros(bytes), "sigma.npy", zeros(9))),
              ArchivedFiles.zipped(
                  Map.of(
                      "mu.npy", MadeFiles.npy("<f8", "8192,", zeros(8 * 8192)),
                      "sigma.npy", MadeFiles.npy("<f8", "8192, 8192", zeros(bytes)),
                      "images.npy", MadeFiles.npy("|u1", "1, 16384, 16384, 1", zeros(bytes)))));
      case TAR -> List.of(headers(bytes), longName(bytes), sized(1L << 32), filled(bytes, "\n"));
      case TAR_GZIP ->
          List.of(
              MadeFiles.gzip(headers(zipped(bytes))),
              MadeFiles.gzip(longName(zipped(bytes))),
              MadeFiles.gzip(deepNames(zipped(bytes))),
              filled(bytes, "\u001f\u008b\b"));
      case DATASET_JSON ->
          List.of(
              filled(bytes, "["),
              listed(bytes, "[\"%d\",1],"),
              listed(bytes, "[],"),
              listed(bytes, "[\"00000/a.png\",2147483646],"));
      case TOKENIZER_JSON ->
          List.of(
              filled(bytes, "{\"\":"),
              json("{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[", "\"a b\",", bytes),
              json("{\"added_tokens\":[", "{},", bytes));
      case SHARDS ->
          List.of(
              filled(bytes, "["),
              json("{\"weight_map\":{", "\"%d\":\"a.safetensors\",", bytes),
              json("{\"weight_map\":{", "\"%d\":\"%d\",", bytes));
      case MODELS_CONFIG, BATCHING ->
          List.of(
              filled(bytes, "model_config_list{}"),
              filled(bytes, "model_config_list{config{"),
              filled(bytes, "allowed_batch_sizes:1 "),
              filled(bytes, "unknown{"),
              filled(bytes, "#"));
      default -> HostileOthers.of(reader, size);
    };
  }

  private static byte[] zeros(int bytes) {
    return new byte[bytes];
  }

  /** What becomes about so many bytes, as far as the test's own memory goes. */
  private static int zipped(int bytes) {
    return Math.min(50 * bytes, 5_000_000);
  }

  private static byte[] headers(int bytes) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    for (int i = 0; file.size() < bytes; i++) {
      file.writeBytes(ArchivedFiles.tarHeader("a/" + i + ".png", '0', 0));
    }
    return file.toByteArray();
  }

  private static byte[] longName(int bytes) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(ArchivedFiles.tarHeader(LONG_NAME, 'L', bytes));
    file.writeBytes(filled(bytes, "a"));
    return file.toByteArray();
  }

  /** Names of which each is of two thousand folders. */
  private static byte[] deepNames(int bytes) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    for (int i = 0; file.size() < bytes; i++) {
      String name = i + "/a".repeat(2040);
      file.writeBytes(ArchivedFiles.tarHeader(LONG_NAME, 'L', 4096));
      file.writeBytes(Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), 4096));
      file.writeBytes(ArchivedFiles.tarHeader("a", '0', 0));
    }
    return file.toByteArray();
  }

  private static byte[] sized(long size) {
    return ArchivedFiles.tarHeader("a/a.png", '0', size);
  }

  private static byte[] listed(int bytes, String entry) {
    return json("{\"labels\":[", entry, bytes);
  }

  private static byte[] json(String before, String entry, int bytes) {
    String list = new String(filledByNumber(bytes, entry), StandardCharsets.ISO_8859_1);
    return (before + list).getBytes(StandardCharsets.UTF_8);
  }
}
