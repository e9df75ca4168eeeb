package io.github.fdistill.run;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.config.RowInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

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

  private final Workspace workspace;
  private final Path folder;

  private ConfigPaths(Workspace workspace, Path folder) {
    this.workspace = workspace;
    this.folder = folder;
  }

  /**
   * The settings with every such path as it is seen from where the program works.
   *
   * @param config the file that they are from
   */
  public static <M extends Message> M found(Workspace workspace, Path config, M settings) {
    Path folder = config.toAbsolutePath().getParent();
    @SuppressWarnings("unchecked") // A message's builder builds messages of the same class.
    M found = (M) new ConfigPaths(workspace, folder).found(settings);
    return found;
  }

  private Message found(Message settings) {
    Message.Builder builder = settings.toBuilder();
    settings
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (value instanceof List<?> all) {
                for (int i = 0; i < all.size(); i++) { // Of messages; no list is of paths.
                  if (all.get(i) instanceof Message inside) {
                    builder.setRepeatedField(field, i, found(inside));
                  }
                }
              } else if (value instanceof Message inside) {
                builder.setField(field, found(inside));
              } else if (isPath(field)) {
                builder.setField(field, found((String) value));
              }
            });
    return builder.build();
  }

  private static boolean isPath(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.STRING
        && (PATHS.contains(field.getName()) || field.equals(ROWS));
  }

  private String found(String text) {
    if (text.isEmpty() || Files.exists(workspace.path(text))) {
      return text;
    }
    Path beside = folder.resolve(text);
    return Files.exists(beside) ? workspace.relative(beside) : text;
  }
}
