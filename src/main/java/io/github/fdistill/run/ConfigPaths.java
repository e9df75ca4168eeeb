package io.github.fdistill.run;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.config.RowInput;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The paths in a config. They begin where the program works; one that names nothing there, but
 * something beside the config, means that, so that a config and its files can be used from
 * anywhere.
 */
public final class ConfigPaths {
  private static final Set<String> PATHS =
      Set.of("path", "teacher", "student", "start", "features", "distill", "tokenizer");

  /** What a model's inputs are in its mapping has files too: those lie beside the model. */
  private static final FieldDescriptor ROWS = RowInput.getDescriptor().findFieldByName("file");

  /** What becomes of each path. */
  private final UnaryOperator<String> change;

  private ConfigPaths(UnaryOperator<String> change) {
    this.change = change;
  }

  /**
   * The settings with every such path as it is seen from where the program works.
   *
   * @param config the file that they are from
   */
  public static <M extends Message> M found(Workspace workspace, Path config, M settings) {
    Path folder = config.toAbsolutePath().getParent();
    return new ConfigPaths(text -> found(workspace, folder, text)).of(settings);
  }

  /** The settings with every such path that is absolute as it is seen from the workspace. */
  static <M extends Message> M relative(Workspace workspace, M settings) {
    return new ConfigPaths(workspace::relativePath).of(settings);
  }

  @SuppressWarnings("unchecked") // A message's builder builds messages of the same class.
  private <M extends Message> M of(M settings) {
    return (M) changed(settings);
  }

  private Message changed(Message settings) {
    Message.Builder builder = settings.toBuilder();
    settings
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (value instanceof List<?> all) {
                for (int i = 0; i < all.size(); i++) { // Of messages; no list is of paths.
                  if (all.get(i) instanceof Message inside) {
                    builder.setRepeatedField(field, i, changed(inside));
                  }
                }
              } else if (value instanceof Message inside) {
                builder.setField(field, changed(inside));
              } else if (isPath(field)) {
                builder.setField(field, change.apply((String) value));
              }
            });
    return builder.build();
  }

  private static boolean isPath(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.STRING
        && (PATHS.contains(field.getName()) || field.equals(ROWS));
  }

  private static String found(Workspace workspace, Path folder, String text) {
    if (text.isEmpty() || Files.exists(workspace.path(text), LinkOption.NOFOLLOW_LINKS)) {
      return text;
    }
    Path beside = folder.resolve(text);
    return Files.exists(beside) ? workspace.relative(beside) : text;
  }
}
