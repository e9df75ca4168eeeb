package io.github.fdistill;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** Files of about so many bytes that are made to take far more memory, or none that ends. */
final class HostileFiles {
  /** Of zeros, which become a thousand times as many: more only takes longer to make. */
  private static final int MOST_ZIPPED = 50_000;

  private HostileFiles() {}

  /** Hostile files of a reader's kind. */
  static List<byte[]> of(Readers reader, int bytes) throws IOException {
    return switch (reader) {
      case NETWORK, SERVED ->
          List.of(emptyNodes(bytes), deep(bytes), doubling(bytes), longNames(bytes));
      case INDEX -> List.of(sharedKeys(bytes), smallEntries(bytes));
      case ARRAY ->
          List.of(
              MadeFiles.npy("|u1", "1, 16384, 16384, 1", new byte[bytes]),
              MadeFiles.npy("<f4", "9".repeat(Math.min(bytes, 60_000)), new byte[0]),
              MadeFiles.npy("<f4", "1, ".repeat(bytes / 3), new byte[0]),
              MadeFiles.npy("|u1", bytes + ", 1, 1", new byte[bytes]));
      case LABELS ->
          List.of(
              MadeFiles.npy("<i4", "3,", new byte[] {0, 0, 0, 0, 1, 0, 0, 0, -2, -1, -1, 127}),
              MadeFiles.npy("<i8", "3,", new byte[bytes]),
              MadeFiles.npy("<i4", "9223372036854775807,", new byte[bytes]));
      case METADATA -> HostileTexts.metadata(bytes);
      case CAPTIONS -> HostileTexts.captions(bytes);
      case VOCABULARY -> HostileTexts.vocabulary(bytes);
      case MERGES -> HostileTexts.merges(bytes);
      case IDX -> List.of(idxHeader(bytes, 0x803, Integer.MAX_VALUE - 8, 1, 1));
      case IDX_GZIP -> List.of(gzipOf(idxHeader(16, 0x803, Integer.MAX_VALUE - 8, 1, 1), bytes));
      case CHECKSUMS ->
          List.of(
              filled(bytes, "\n"),
              filled(bytes, "a"),
              filled(bytes, "0".repeat(64) + "  a\n"),
              filledByNumber(bytes, "0".repeat(64) + "  %d\n"));
      case PNG -> List.of(png(bytes, 16384, 5461), png(bytes, 1 << 30, 1 << 30), pngParts(bytes));
      case JPEG -> List.of(jpeg(bytes), filled(bytes, "\u00ff\u00d8\u00ff"));
      case SETTINGS, DESCRIPTION ->
          List.of(
              filled(bytes, "average{}"),
              filled(bytes, "none{}"),
              filled(bytes, "average{"),
              filled(bytes, "mapping{"),
              filled(bytes, "unknown{"),
              filled(bytes, "class_name:\"\""),
              filled(bytes, "#"),
              filled(bytes, "a"));
      case METRICS ->
          List.of(
              filled(bytes, "\n"),
              filledByNumber(bytes, "{\"step\":1,\"%d\":1}\n"),
              filled(bytes, "{\"step\":1,\"a\":1}\n"),
              filled(bytes, "["),
              filled(bytes, "{\"step\":1,\"a\":" + "[".repeat(900_000) + "\n"));
      case RECORD -> List.of(filled(bytes, "["), record(bytes, "[],"), record(bytes, "\"\","));
      case JSON_REQUEST ->
          List.of(
              filled(bytes, "["),
              ("{\"inputs\":" + "[".repeat(bytes)).getBytes(StandardCharsets.UTF_8),
              ("{\"inputs\":{\"seed\":[1],\"text\":[" + "\"\",".repeat(bytes / 3))
                  .getBytes(StandardCharsets.UTF_8),
              otherKeys(bytes),
              ("{\"inputs\":{\"seed\":[" + "1,".repeat(bytes / 2))
                  .getBytes(StandardCharsets.UTF_8));
      case PROTOBUF_REQUEST ->
          List.of(repeated(bytes, 2), repeated(bytes, 3), strings(bytes), tensorOf(1L << 40));
      case RECORDS -> List.of(tfRecord(bytes));
      default -> HostileModels.of(reader, bytes);
    };
  }

  static byte[] filled(int bytes, String piece) {
    return piece.repeat(bytes / piece.length() + 1).getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] filledByNumber(int bytes, String piece) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < bytes; i++) {
      text.append(piece.replace("%d", Integer.toString(i)));
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A request beside whose inputs stand many keys that say nothing. */
  static byte[] otherKeys(int bytes) {
    String keys = new String(filledByNumber(bytes, "\"%d\":1,"), StandardCharsets.ISO_8859_1);
    String request = "{" + keys + "\"inputs\":{\"seed\":[1],\"text\":[\"a\"]}}";
    return request.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] record(int bytes, String element) {
    String list = element.repeat(bytes / element.length());
    return ("{\"program\":\"a\",\"list\":[" + list + "0]}").getBytes(StandardCharsets.UTF_8);
  }

  /** One length-delimited field after another, without anything in them. */
  static byte[] repeated(int bytes, int field) {
    byte[] all = new byte[bytes];
    for (int i = 0; i + 1 < bytes; i += 2) {
      all[i] = (byte) (field << 3 | 2);
    }
    return all;
  }

  static byte[] delimited(int field, byte[]... parts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    int size = 0;
    for (byte[] part : parts) {
      size += part.length;
    }
    out.writeTag(field, 2);
    out.writeUInt32NoTag(size);
    for (byte[] part : parts) {
      out.writeRawBytes(part);
    }
    out.flush();
    return bytes.toByteArray();
  }

  /** A SavedModel with the bytes of a graph. */
  private static byte[] model(byte[] graph) throws IOException {
    byte[] tag =
        MetaGraphDef.newBuilder()
            .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
            .build()
            .toByteArray();
    return delimited(2, tag, delimited(2, graph));
  }

  private static byte[] emptyNodes(int bytes) throws IOException {
    return model(repeated(bytes, 1));
  }

  /** Messages within each other. */
  private static byte[] deep(int bytes) throws IOException {
    AttrValue.Builder value = AttrValue.newBuilder();
    byte[] inner = value.build().toByteArray();
    for (int i = 0; i < Math.min(bytes / 10, 2000); i++) {
      byte[] entry = delimited(2, delimited(1, new byte[] {'a'}), delimited(2, inner));
      inner = delimited(10, entry);
    }
    NodeDef node = NodeDef.newBuilder().setName("a").setOp("Const").buildPartial();
    byte[] attribute = delimited(5, delimited(1, new byte[] {'a'}), delimited(2, inner));
    return model(delimited(1, node.toByteArray(), attribute));
  }

  /** Functions of which each calls the next one twice. */
  private static byte[] doubling(int bytes) throws IOException {
    GraphDef.Builder graph = GraphDef.newBuilder();
    graph.addNode(call("top", "f0"));
    int levels = Math.min(40, bytes / 100);
    for (int i = 0; i < levels; i++) {
      FunctionDef.Builder function =
          FunctionDef.newBuilder().setSignature(OpDef.newBuilder().setName("f" + i));
      if (i + 1 < levels) {
        function.addNodeDef(call("a", "f" + (i + 1))).addNodeDef(call("b", "f" + (i + 1)));
      }
      graph.getLibraryBuilder().addFunction(function);
    }
    return model(graph.build().toByteArray());
  }

  /** A long name of a call, before the names of many nodes. */
  private static byte[] longNames(int bytes) throws IOException {
    GraphDef.Builder graph = GraphDef.newBuilder();
    graph.addNode(call("n".repeat(bytes / 2), "f"));
    FunctionDef.Builder function =
        FunctionDef.newBuilder().setSignature(OpDef.newBuilder().setName("f"));
    for (int i = 0; i < bytes / 40; i++) {
      function.addNodeDef(NodeDef.newBuilder().setName("x" + i).setOp("NoOp"));
    }
    graph.getLibraryBuilder().addFunction(function);
    return model(graph.build().toByteArray());
  }

  private static NodeDef call(String name, String function) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("PartitionedCall")
        .putAttr(
            "f",
            AttrValue.newBuilder().setFunc(NameAttrList.newBuilder().setName(function)).build())
        .build();
  }

  /** Keys that share almost all with the one before. */
  private static byte[] sharedKeys(int bytes) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    int first = bytes / 4;
    entry(block, 0, new byte[first], 0);
    while (block.size() < bytes) {
      entry(block, first, new byte[] {1}, 0);
      first++;
    }
    return table(block);
  }

  private static byte[] smallEntries(int bytes) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    entry(block, 0, new byte[0], 0);
    for (int i = 0; block.size() < bytes; i++) {
      byte[] key = ByteBuffer.allocate(4).putInt(i + 1).array();
      entry(block, 0, key, 0);
    }
    return table(block);
  }

  private static void entry(ByteArrayOutputStream to, int shared, byte[] rest, int value) {
    varint(to, shared);
    varint(to, rest.length);
    varint(to, value);
    to.writeBytes(rest);
  }

  private static void varint(ByteArrayOutputStream to, int value) {
    for (int left = value; ; left >>>= 7) {
      if (left < 128) {
        to.write(left);
        return;
      }
      to.write(left & 127 | 128);
    }
  }

  /** An index of one block, whose checksums are right. */
  private static byte[] table(ByteArrayOutputStream block) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    byte[] data = closed(block);
    file.write(data);
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    ByteArrayOutputStream handle = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(handle);
    out.writeUInt64NoTag(0);
    out.writeUInt64NoTag(data.length - 5);
    out.flush();
    entry(list, 0, new byte[] {'z'}, handle.size());
    list.write(handle.toByteArray());
    int at = file.size();
    byte[] index = closed(list);
    file.write(index);
    ByteBuffer footer = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream handles = new ByteArrayOutputStream();
    CodedOutputStream ends = CodedOutputStream.newInstance(handles);
    ends.writeUInt64NoTag(0);
    ends.writeUInt64NoTag(0);
    ends.writeUInt64NoTag(at);
    ends.writeUInt64NoTag(index.length - 5);
    ends.flush();
    footer.put(handles.toByteArray()).putLong(40, 0xdb4775248b80fb57L);
    file.write(footer.array());
    return file.toByteArray();
  }

  private static byte[] closed(ByteArrayOutputStream entries) {
    ByteBuffer block = ByteBuffer.allocate(entries.size() + 13).order(ByteOrder.LITTLE_ENDIAN);
    block.put(entries.toByteArray()).putInt(0).putInt(1).put((byte) 0);
    CRC32C crc = new CRC32C();
    crc.update(block.array(), 0, block.position());
    int sum = (int) crc.getValue();
    return block.putInt((sum >>> 15 | sum << 17) + 0xa282ead8).array();
  }

  private static byte[] idxHeader(int bytes, int magic, int... dimensions) {
    ByteBuffer file = ByteBuffer.allocate(Math.max(bytes, 4 + 4 * dimensions.length)).putInt(magic);
    for (int size : dimensions) {
      file.putInt(size);
    }
    return file.array();
  }

  /** So many bytes that become a thousand times as many. */
  private static byte[] gzipOf(byte[] start, int bytes) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(file, 1 << 16)) {
      out.write(start);
      byte[] zeros = new byte[1 << 20];
      while (file.size() < Math.min(bytes, MOST_ZIPPED)) {
        out.write(zeros);
      }
    }
    return file.toByteArray();
  }

  private static byte[] png(int bytes, int width, int height) throws IOException {
    ByteArrayOutputStream file = pngStart(width, height);
    ByteArrayOutputStream zeros = new ByteArrayOutputStream();
    try (OutputStream out = new java.util.zip.DeflaterOutputStream(zeros)) {
      byte[] rows = new byte[1 << 20];
      while (zeros.size() < Math.min(bytes, MOST_ZIPPED)) {
        out.write(rows);
      }
    }
    chunk(file, "IDAT", zeros.toByteArray());
    chunk(file, "IEND", new byte[0]);
    return file.toByteArray();
  }

  /** Parts without anything in them, each of another kind. */
  private static byte[] pngParts(int bytes) throws IOException {
    ByteArrayOutputStream file = pngStart(4, 4);
    for (int i = 0; file.size() < bytes; i++) {
      byte[] type = ByteBuffer.allocate(4).putInt(i).array();
      chunk(file, new String(type, StandardCharsets.ISO_8859_1), new byte[0]);
    }
    return file.toByteArray();
  }

  private static ByteArrayOutputStream pngStart(int width, int height) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    chunk(file, "IHDR", header.put((byte) 8).put((byte) 2).array());
    return file;
  }

  private static void chunk(ByteArrayOutputStream to, String type, byte[] data) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + data.length).putInt(data.length);
    chunk.put(type.getBytes(StandardCharsets.ISO_8859_1)).put(data);
    CRC32 sum = new CRC32();
    sum.update(chunk.array(), 4, 4 + data.length);
    to.writeBytes(chunk.putInt((int) sum.getValue()).array());
  }

  /** A header of 65535 x 65535 pixels, and zeros. */
  private static byte[] jpeg(int bytes) {
    ByteBuffer file = ByteBuffer.allocate(Math.max(64, bytes));
    file.putShort((short) 0xffd8).putShort((short) 0xffc0).putShort((short) 17).put((byte) 8);
    file.putShort((short) -1).putShort((short) -1).put((byte) 3);
    file.put(new byte[9]).putShort((short) 0xffda).putShort((short) 2);
    return file.array();
  }

  private static byte[] strings(int bytes) throws IOException {
    byte[] tensor = repeated(bytes, 8);
    byte[] type = {8, 7};
    byte[] shape = delimited(2, delimited(2, new byte[] {8, 1}));
    byte[] entry = delimited(2, delimited(1, new byte[] {'a'}), delimited(2, type, shape, tensor));
    return entry;
  }

  private static byte[] tensorOf(long size) throws IOException {
    ByteArrayOutputStream dim = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(dim);
    out.writeInt64(1, size);
    out.flush();
    byte[] shape = delimited(2, delimited(2, dim.toByteArray()));
    byte[] type = {8, 1};
    return delimited(2, delimited(1, new byte[] {'a'}), delimited(2, type, shape));
  }

  /** A record that says that it is as long as can be, with a checksum that is right. */
  private static byte[] tfRecord(int bytes) {
    ByteBuffer file =
        ByteBuffer.allocate(Math.max(16, bytes)).order(ByteOrder.LITTLE_ENDIAN).putLong(1L << 30);
    CRC32C crc = new CRC32C();
    crc.update(file.array(), 0, 8);
    int sum = (int) crc.getValue();
    return file.putInt((sum >>> 15 | sum << 17) + 0xa282ead8).array();
  }

  /** Bytes that are no text of any language, for those who print them. */
  static ByteString noText() {
    return ByteString.copyFrom(new byte[] {(byte) 0xff, 0x1b, 7, 13, 10});
  }
}
