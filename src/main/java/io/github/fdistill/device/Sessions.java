package io.github.fdistill.device;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RewriterConfig;

/**
 * Opens every session of the program. Like TensorFlow's own devices, the choice between them is one
 * for the whole process: whoever chooses holds it while his sessions are opened, and who would
 * choose otherwise meanwhile is refused. Where nobody holds one it is {@link DeviceChoice#AUTO}.
 *
 * <p>One for the whole process are also TensorFlow's threads: the first session says how many.
 */
public final class Sessions {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private static final int LANES = Lanes.of(CORES);

  private static volatile DeviceChoice choice = DeviceChoice.AUTO;
  private static volatile int cpuLanes = LANES;

  /** Lanes that blocks of images are cut for; 0: those that there are. */
  private static volatile int cutFor = Integer.getInteger(Lanes.ALONE, 0);

  /** Whether the choice has a GPU; null: not asked yet. */
  private static volatile Boolean gpu;

  private static int holders;

  static {
    Natives.setUp();
  }

  private Sessions() {}

  /** A choice that stands until it is closed, which is once, after the sessions. */
  public static final class Hold implements AutoCloseable {
    private boolean held = true;

    private Hold() {}

    @Override
    public void close() {
      synchronized (Sessions.class) {
        if (held && --holders == 0) {
          choose(DeviceChoice.AUTO);
        }
        held = false;
      }
    }
  }

  /**
   * Chooses, with as many lanes as are best; several may hold the same choice at a time.
   *
   * @return to be closed by the caller
   * @throws InputException when another choice is held, or TensorFlow has no such device; the
   *     choice before stands
   */
  public static synchronized Hold use(DeviceChoice wanted) {
    if (holders == 0) {
      wanted.require(() -> Device.list(settings(wanted, true)));
      choose(wanted);
    } else if (wanted != choice) {
      throw new InputException(
          "device " + wanted,
          "in this process something is running with the choice " + choice,
          "one choice for all that runs at a time",
          "let the other end first, or take a process for each");
    }
    holders++;
    return new Hold();
  }

  private static void choose(DeviceChoice wanted) {
    choice = wanted;
    cpuLanes = LANES;
    gpu = null;
  }

  /**
   * Leaves every op all cores, as TensorFlow Serving does unless it is told otherwise: one batch
   * comes sooner, many take longer. Said before the process has a session, by a command that runs
   * alone in it; it holds as long as the choice of a device.
   */
  public static void useOneLane() {
    cpuLanes = 1;
  }

  /** Whether every op has all cores: because of {@link #useOneLane}, or as there is one. */
  public static boolean usesOneLane() {
    return cpuLanes == 1;
  }

  /** What sessions opened now compute on, for a process that is to do the same. */
  public static DeviceChoice choice() {
    return choice;
  }

  /** How many ops or runs are worth making side by side; see {@link Lanes}. A GPU has one lane. */
  public static int lanes() {
    return cpuLanes > 1 && !onGpu() ? cpuLanes : 1;
  }

  /** How many lanes blocks of images are cut for, so that all workers cut the same ones. */
  public static int lanesOfBlocks() {
    return cutFor > 0 && !onGpu() ? cutFor : lanes();
  }

  /** Cuts them as another worker does. */
  public static void cutBlocksFor(int lanes) {
    cutFor = lanes;
  }

  /** Whether sessions opened now have a GPU. */
  public static boolean onGpu() {
    Boolean known = gpu;
    if (known == null) {
      known = devices().stream().anyMatch(Device::isGpu);
      gpu = known;
    }
    return known;
  }

  /** Said even where it is all of them: TensorFlow does not know that a worker has a share. */
  private static int threadsPerOp() {
    return Integer.getInteger(Lanes.THREADS, Lanes.threadsPerOp(CORES, cpuLanes));
  }

  /**
   * What sessions opened now compute on, as far as the bits of what they compute depend on it:
   * {@code GPU: } with its model, or {@code CPU: } with the processor, its library and the threads
   * of an op.
   */
  public static String computesOn() {
    return onGpu()
        ? DeviceInWords.gpu(Path.of("/"), System.getenv())
        : OneDnn.processor() + ", threads of an op: " + threadsPerOp();
  }

  /**
   * Loads TensorFlow's libraries beside what the caller does next; whoever needs them waits for
   * them, and hears why there are none.
   */
  public static void prepare() {
    Thread thread = new Thread(Sessions::loadLibraries, "libraries");
    thread.setDaemon(true);
    thread.start();
  }

  private static void loadLibraries() {
    try {
      Natives.version();
    } catch (LinkageError e) {
      // The next use of TensorFlow fails too, and says this.
    }
  }

  /** The devices that the sessions opened now may use. */
  public static List<Device> devices() {
    return Device.list(settings(choice, true));
  }

  /** An empty graph, which the caller closes: every graph of the program begins here. */
  public static Graph graph() {
    return new Graph();
  }

  /** A session on the graph; the caller closes it before the graph. */
  public static Session open(Graph graph) {
    return new Session(graph, settings());
  }

  /**
   * The same for a graph that is run a few times: TensorFlow does not optimise it first, which
   * takes longer than it saves.
   */
  public static Session openAsItIs(Graph graph) {
    ConfigProto.Builder settings = settings().toBuilder();
    settings.getGraphOptionsBuilder().getRewriteOptionsBuilder().setDisableMetaOptimizer(true);
    return new Session(graph, settings.build());
  }

  /** The settings of such a session. */
  static ConfigProto settings() {
    return settings(choice, onGpu());
  }

  private static ConfigProto settings(DeviceChoice wanted, boolean gpu) {
    return wanted.settings(threadsPerOp(), gpu).toBuilder()
        .setInterOpParallelismThreads(CORES)
        .build();
  }

  /** The same for what can run on the CPU only, whatever was chosen. */
  public static Session openOnCpu(Graph graph) {
    return new Session(graph, settings(DeviceChoice.CPU, false));
  }

  /**
   * A SavedModel as it is served; the caller closes it.
   *
   * @throws org.tensorflow.exceptions.TensorFlowException when it cannot be loaded
   */
  public static SavedModelBundle load(Path folder) {
    return load(folder, settings());
  }

  /** The same, of whose ops TensorFlow makes no others that do the work of several. */
  public static SavedModelBundle loadUnfused(Path folder) {
    ConfigProto.Builder settings = settings().toBuilder();
    settings
        .getGraphOptionsBuilder()
        .getRewriteOptionsBuilder()
        .setRemapping(RewriterConfig.Toggle.OFF);
    return load(folder, settings.build());
  }

  private static SavedModelBundle load(Path folder, ConfigProto settings) {
    return SavedModelBundle.loader(folder.toString())
        .withTags("serve")
        .withConfigProto(settings)
        .load();
  }
}
