package io.github.fdistill.savedmodel;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.MessageWeight;
import io.github.fdistill.files.RegularFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.MetaGraphDef;

/** {@code saved_model.pb}: parsed within bounds, because it may come from anywhere. */
final class SavedModelFile {
  static final String NAME = "saved_model.pb";

  /** Protobuf's own limit is 2 GiB; weights stand in the checkpoint, not here. */
  static final long MOST_BYTES = FileKind.SAVED_MODEL.mostBytes();

  /** What is made of a graph once it is read takes so many times as much as its messages. */
  private static final int TIMES = 4;

  /** Messages within each other. A function's body is 8 deep. */
  static final int MOST_LEVELS = 100;

  private static final int MOST_SIGNATURES = 1000;

  private SavedModelFile() {}

  /**
   * The graph with the tag {@code serve}.
   *
   * @throws InputException when the file is too large, damaged, or has no such graph
   */
  static MetaGraphDef serveGraph(Path folder) {
    Path file = ModelFolder.file(folder, NAME);
    org.tensorflow.proto.SavedModel model = parse(file);
    // TensorFlow loads the one that has this tag and no other.
    return tagged(model, Set.of("serve")::equals)
        .or(() -> tagged(model, tags -> tags.contains("serve")))
        .map(metaGraph -> checked(file, metaGraph))
        .orElseThrow(
            () ->
                new InputException(
                    file.toString(),
                    "no graph with the tag 'serve'; tags found: " + tags(model),
                    "a graph exported for serving",
                    "name the graph by its tags (inspect --tags, or tags { } of a mapping), or"
                        + " export the model with the tag 'serve'"));
  }

  /**
   * The graph with these tags and no others.
   *
   * @param tags may be none
   * @throws InputException when the file is too large, damaged, or has no such graph
   */
  static MetaGraphDef graph(Path folder, Set<String> tags) {
    Path file = ModelFolder.file(folder, NAME);
    org.tensorflow.proto.SavedModel model = parse(file);
    return tagged(model, tags::equals)
        .map(metaGraph -> checked(file, metaGraph))
        .orElseThrow(
            () ->
                new InputException(
                    file.toString(),
                    "no graph with the tags " + tags + "; tags found: " + tags(model),
                    "the tags of one of its graphs, all of them",
                    "name one of those"));
  }

  private static Optional<MetaGraphDef> tagged(
      org.tensorflow.proto.SavedModel model, Predicate<Set<String>> wanted) {
    return model.getMetaGraphsList().stream()
        .filter(graph -> wanted.test(Set.copyOf(graph.getMetaInfoDef().getTagsList())))
        .findFirst();
  }

  private static List<List<String>> tags(org.tensorflow.proto.SavedModel model) {
    return model.getMetaGraphsList().stream()
        .map(graph -> List.copyOf(graph.getMetaInfoDef().getTagsList()))
        .toList();
  }

  private static MetaGraphDef checked(Path file, MetaGraphDef metaGraph) {
    metaGraph.getAssetFileDefList().forEach(asset -> requireInside(file, asset));
    if (metaGraph.getSignatureDefCount() > MOST_SIGNATURES) {
      throw new InputException(
          file.toString(),
          metaGraph.getSignatureDefCount() + " signatures",
          "no more than " + MOST_SIGNATURES + ", each of which is looked at",
          "export the model with those that are asked for");
    }
    return metaGraph;
  }

  private static org.tensorflow.proto.SavedModel parse(Path file) {
    return parse(file, org.tensorflow.proto.SavedModel.parser());
  }

  /**
   * Reads a message within the bounds of a SavedModel.
   *
   * @throws InputException when the file is too large or damaged
   */
  static <M extends Message> M parse(Path file, Parser<M> parser) {
    try {
      Descriptor type = parser.parseFrom(new byte[0]).getDescriptorForType();
      requireLight(file, type);
      try (InputStream bytes = new BufferedInputStream(RegularFile.open(file), 1 << 16)) {
        CodedInputStream in = bounded(bytes);
        M message = parser.parseFrom(in);
        in.checkLastTagWas(0);
        return message;
      }
    } catch (IOException e) {
      throw DiskRefusal.unreadable(file, e, () -> unreadable(file, DiskRefusal.reason(e), e));
    }
  }

  /** Before it is parsed, for whatever its bytes would become by that. */
  private static void requireLight(Path file, Descriptor type) throws IOException {
    try (InputStream bytes = new BufferedInputStream(RegularFile.open(file), 1 << 16)) {
      long size = Files.size(file);
      if (size > MOST_BYTES) {
        throw new InputException(
            file.toString(),
            "it has " + size + " bytes",
            "a graph of at most " + (MOST_BYTES >> 20) + " MiB",
            "export the model with its weights as variables, which stand in files of their own");
      }
      long weight = MessageWeight.require(bounded(bytes), type, Long.MAX_VALUE);
      Heap.require(file.toString(), size + " bytes of a graph", TIMES * weight);
    }
  }

  private static CodedInputStream bounded(InputStream bytes) {
    CodedInputStream in = CodedInputStream.newInstance(bytes);
    in.setSizeLimit((int) MOST_BYTES);
    in.setRecursionLimit(MOST_LEVELS);
    return in;
  }

  private static InputException unreadable(Path file, String why, Exception cause) {
    return new InputException(
        file.toString(),
        "cannot be read as a SavedModel (" + why + ")",
        "a SavedModel protobuf of at most "
            + (MOST_BYTES >> 20)
            + " MiB, with at most "
            + MOST_LEVELS
            + " messages within each other",
        "export or copy the model again",
        cause);
  }

  /** Assets are never read; one that points elsewhere says that something is wrong. */
  private static void requireInside(Path file, AssetFileDef asset) {
    Path assets = Path.of("assets");
    boolean inside =
        !asset.getFilename().contains("\0")
            && assets.resolve(asset.getFilename()).normalize().startsWith(assets);
    if (!inside) {
      throw new InputException(
          file.toString(),
          "the asset '" + asset.getFilename() + "' lies outside the SavedModel's folder",
          "assets within the folder assets/",
          "do not use this model, or export it again");
    }
  }
}
