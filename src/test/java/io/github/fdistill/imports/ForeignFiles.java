package io.github.fdistill.imports;

import io.github.fdistill.pickle.Made;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.PickleFile;
import io.github.fdistill.tensors.JsonFile;
import io.github.fdistill.tensors.TensorFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;

/** Files of others as import reads them, up to their tensors. */
public final class ForeignFiles {
  private ForeignFiles() {}

  /** Looks at all tensors of safetensors, a pickle or what torch.save wrote. */
  public static void look(Path path) {
    Tensors tensors = read(path);
    tensors.names().forEach(name -> tensors.get(name).size());
  }

  /** Reads a network in ONNX. */
  public static void lookAtOnnx(Path path) {
    OnnxModel.read(path, Map.of(), Optional.empty());
  }

  /** Reads a folder of the library diffusers whole, but for the values of its tensors. */
  public static void lookAtFolder(Path path) {
    Importing.read(path, Importing.Options.NONE);
  }

  /** Reads how another's network was trained. */
  public static void lookAtScheduler(Path file) {
    SchedulerSource.read(new Settings(file.toString(), JsonFile.read(file)), false);
  }

  /** Reads a folder of CLIP. */
  public static void lookAtClip(Path folder) {
    ClipFeatures.read(folder, Optional.empty(), Shape.of(12, 12, 3));
  }

  static Tensors read(Path path) {
    String name = path.getFileName().toString();
    if (Files.isDirectory(path)) {
      return new Tensors(TensorFiles.safetensors(path.resolve("model.safetensors.index.json")));
    } else if (name.endsWith(".safetensors")) {
      return new Tensors(TensorFiles.safetensors(path));
    }
    PickleDict root = PickleFile.read(path);
    return root.get("ema") instanceof Made network
        ? PickledModules.tensors(path, network)
        : StateDict.tensors(path, root);
  }
}
