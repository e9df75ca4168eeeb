package io.github.fdistill.device;

import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;

/**
 * Opens every session of the program. Like TensorFlow's own devices, the choice between them is one
 * for the whole process: sessions opened from then on keep to it.
 */
public final class Sessions {
  private static volatile DeviceChoice choice = DeviceChoice.AUTO;

  private Sessions() {}

  /**
   * Chooses.
   *
   * @throws io.github.fdistill.InputException when TensorFlow has no such device; the choice before
   *     stands
   */
  public static void use(DeviceChoice wanted) {
    wanted.require(() -> Device.list(wanted.settings()));
    choice = wanted;
  }

  /** The devices that the sessions opened now may use. */
  public static List<Device> devices() {
    return Device.list(choice.settings());
  }

  /** A session on the graph; the caller closes it before the graph. */
  public static Session open(Graph graph) {
    return new Session(graph, choice.settings());
  }

  /** The same for what can run on the CPU only, whatever was chosen. */
  public static Session openOnCpu(Graph graph) {
    return new Session(graph, DeviceChoice.CPU.settings());
  }

  /**
   * A SavedModel as it is served; the caller closes it.
   *
   * @throws org.tensorflow.exceptions.TensorFlowException when it cannot be loaded
   */
  public static SavedModelBundle load(Path folder) {
    return SavedModelBundle.loader(folder.toString())
        .withTags("serve")
        .withConfigProto(choice.settings())
        .load();
  }
}
