package io.github.fdistill.doctor;

import io.github.fdistill.device.CudaLibraries;
import io.github.fdistill.device.Device;
import io.github.fdistill.device.GpuBuild;
import io.github.fdistill.device.Natives;
import io.github.fdistill.device.Processor;
import io.github.fdistill.device.Sessions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.tensorflow.exceptions.TensorFlowException;

/**
 * Looks at everything that the program needs, from Java up to a computation.
 *
 * @param root of the file system
 * @param work the working directory
 * @param tell hears each finding as it is made
 */
public record Doctor(Path root, Path work, Consumer<Finding> tell) {

  /**
   * Looks, and concludes: ready where nothing is missing.
   *
   * @throws IOException when the system's own descriptions of itself cannot be read
   */
  public Verdict examine() throws IOException {
    boolean[] missing = {false};
    Doctor noting =
        new Doctor(
            root,
            work,
            finding -> {
              missing[0] |= finding.state() == Finding.State.MISSING;
              tell.accept(finding);
            });
    Verdict verdict = noting.examineAll();
    return missing[0] ? Verdict.NOT_READY : verdict;
  }

  private Verdict examineAll() throws IOException {
    Platform platform = new Platform(Runtime.version().feature(), Loader.getPlatform());
    tell.accept(platform.javaVersion());
    tell.accept(
        platform.natives(
            name -> Doctor.class.getResource(name) != null, Rebuilding.ofThisProgram()));
    examineMachine(platform);
    NvidiaDriver driver = NvidiaDriver.read(root);
    tell.accept(driver.finding());
    NvidiaTool.usual().ask().ifPresent(tell);
    Finding tensorFlow = tensorFlow();
    tell.accept(tensorFlow);
    return tensorFlow.state() == Finding.State.FOUND
        ? examineDevices(driver.present())
        : Verdict.NOT_READY;
  }

  private void examineMachine(Platform platform) throws IOException {
    Optional<ProcessorFindings> processor = Processor.read(root).map(ProcessorFindings::new);
    processor.ifPresent(p -> tell.accept(p.features(platform.name())));
    processor.ifPresent(p -> tell.accept(p.bfloat16()));
    processor.flatMap(p -> p.oneDnn(System.getenv())).ifPresent(tell);
    // A container's quota counted; every session says so many, whatever TensorFlow would take.
    int cores = Runtime.getRuntime().availableProcessors();
    tell.accept(Finding.found("threads", cores + " cores; TensorFlow computes with as many"));
    Memory memory = Memory.read(root);
    tell.accept(memory.heapFinding());
    tell.accept(memory.machineFinding());
    for (String folder : List.of(".", "runs", "savedmodels")) {
      tell.accept(WorkFolder.read(folder, work.resolve(folder)).finding());
    }
  }

  private static Finding tensorFlow() {
    try {
      return Finding.found("TensorFlow", Natives.version());
    } catch (LinkageError e) {
      return Finding.missing(
          "TensorFlow",
          "its natives do not load: " + e.getMessage(),
          "mend what is missing above; where the home folder may hold no programs or has no room:\n"
              + "export FDISTILL_JAVA_FLAGS=-Dorg.bytedeco.javacpp.cachedir=FOLDER");
    }
  }

  private Verdict examineDevices(boolean driver) {
    boolean gpuBuild = GpuBuild.loaded();
    Map<String, String> unloadable =
        gpuBuild ? CudaLibraries.unloadable(CudaLibraries::load) : Map.of();
    boolean cuda13 = !unloadable.isEmpty() && CudaLibraries.ofCuda13(CudaLibraries::load);
    new GpuNeeds(driver, gpuBuild, CudaLibraries.onClassPath(), unloadable, cuda13)
        .findings(Rebuilding.ofThisProgram())
        .forEach(tell);
    List<Device> devices;
    try {
      devices = Sessions.devices();
    } catch (TensorFlowException e) {
      tell.accept(
          Finding.missing(
              "devices",
              "TensorFlow opens no session: " + e.getMessage(),
              "where a GPU is the cause, --device cpu does without it"));
      return Verdict.NOT_READY;
    }
    tell.accept(listed(devices, gpuBuild && driver));
    boolean cpu =
        devices.stream().filter(d -> !d.isGpu()).findFirst().filter(this::computes).isPresent();
    boolean gpu =
        devices.stream().filter(Device::isGpu).findFirst().filter(this::computes).isPresent();
    if (!cpu) {
      return Verdict.NOT_READY;
    }
    return gpu ? Verdict.READY_ON_GPU : Verdict.READY_ON_CPU;
  }

  /**
   * @param gpuExpected whether driver and build are there for one
   */
  static Finding listed(List<Device> devices, boolean gpuExpected) {
    String names = devices.stream().map(Doctor::text).collect(Collectors.joining(", "));
    return gpuExpected && devices.stream().noneMatch(Device::isGpu)
        ? Finding.warning(
            "devices",
            names + "; no GPU",
            "TF_CPP_MIN_LOG_LEVEL=0 ./fdistill doctor shows what TensorFlow says about it")
        : Finding.found("devices", names);
  }

  private static String text(Device device) {
    String memory = device.isGpu() ? " (" + Memory.gib(device.memoryBytes()) + ")" : "";
    return device.shortName() + memory;
  }

  private boolean computes(Device device) {
    Finding finding = MatrixProduct.on(device).finding();
    tell.accept(finding);
    return finding.state() == Finding.State.FOUND;
  }
}
