package io.github.fdistill.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.CudaLibraries;
import io.github.fdistill.device.Device;
import io.github.fdistill.doctor.Finding.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** GPUs, drivers and CUDA libraries, made up as files and as the loader's answers. */
class GpuTest {
  private static final String VERSION =
      """
      NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build
      GCC version:  gcc version 13.3.0 (Ubuntu)
      """;

  @TempDir Path root;

  private final Rebuilding anew = new Rebuilding(Optional.empty());

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void noDriver() throws IOException {
    NvidiaDriver driver = NvidiaDriver.read(root);
    assertEquals(false, driver.present());
    assertEquals(State.ABSENT, driver.finding().state());
  }

  @Test
  void aDriverWithTwoGpus() throws IOException {
    write("proc/driver/nvidia/version", VERSION);
    write("proc/driver/nvidia/gpus/0000:0a:00.0/information", "Model: \t\t NVIDIA A \nIRQ: 1\n");
    write("proc/driver/nvidia/gpus/0000:0b:00.0/information", "Model: \t\t NVIDIA B\n");
    write("dev/nvidia0", "");
    write("dev/nvidia1", "");
    write("dev/nvidiactl", "");
    NvidiaDriver driver = NvidiaDriver.read(root);
    assertEquals(List.of("nvidia0", "nvidia1"), driver.devices());
    assertEquals(Finding.found("GPU driver", "580.65.06: NVIDIA A, NVIDIA B"), driver.finding());
  }

  @Test
  void aContainerThatWasNotGivenTheGpus() throws IOException {
    write("proc/driver/nvidia/version", VERSION);
    Finding finding = NvidiaDriver.read(root).finding();
    assertEquals(State.WARNING, finding.state());
    assertTrue(finding.remedy().contains("--gpus all"), finding::toString);
  }

  @Test
  void aDriverTooOldForCuda12() throws IOException {
    write(
        "proc/driver/nvidia/version",
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.256.02  Thu May 2\n");
    write("dev/nvidia0", "");
    Finding finding = NvidiaDriver.read(root).finding();
    assertEquals(State.WARNING, finding.state());
    assertTrue(finding.found().startsWith("470.256.02"), finding::toString);
  }

  @Test
  void theMachineIsForCpusAlone() {
    assertEquals(List.of(), new GpuNeeds(false, false, false, Map.of(), false).findings(anew));
  }

  @Test
  void aGpuAndABuildForCpus() {
    Finding finding = new GpuNeeds(true, false, false, Map.of(), false).findings(anew).get(0);
    assertEquals(State.WARNING, finding.state());
    assertTrue(finding.remedy().endsWith("\nmvn -Pgpu package"), finding::toString);
  }

  /** Wherever it was started from: a folder "target" there may be any. */
  @Test
  void theProgramIsBuiltAnewWhereItsSourcesAre() throws IOException {
    Rebuilding at = new Rebuilding(Optional.of(root));
    String distribution =
        "build it anew on a machine like this one, where fdistill's pom.xml is:\n";
    assertEquals(distribution + "mvn -Pdist package", at.with(""));
    assertEquals(distribution + "mvn -Pdist,gpu,cuda package", at.with("gpu,cuda"));
    write("pom.xml", "");
    String checkout = "rm -r " + root + "/target; " + root + "/fdistill doctor";
    assertEquals("build it anew:\n" + checkout, at.with(""));
    assertEquals("build it anew:\nexport FDISTILL_MAVEN_FLAGS=-Pgpu; " + checkout, at.with("gpu"));
  }

  @Test
  void everyLibraryLoads() {
    assertEquals(
        List.of(Finding.found("CUDA libraries", "CUDA 12 and cuDNN 9")),
        new GpuNeeds(true, true, false, Map.of(), false).findings(anew));
    assertEquals(
        List.of(Finding.found("CUDA libraries", "CUDA 12 and cuDNN 9, from Maven")),
        new GpuNeeds(true, true, true, Map.of(), false).findings(anew));
  }

  @Test
  void librariesThatDoNotLoad() {
    Map<String, String> unloadable = new LinkedHashMap<>();
    unloadable.put("libcuda.so.1", "libcuda.so.1: cannot open shared object file");
    unloadable.put("libcublas.so.12", "libcublas.so.12: cannot open shared object file");
    unloadable.put("libcusparse.so.12", "libnvJitLink.so.12: cannot open shared object file");
    List<Finding> findings = new GpuNeeds(true, true, false, unloadable, false).findings(anew);
    assertEquals(2, findings.size());
    assertEquals("libcuda.so.1", findings.get(0).what());
    assertEquals(State.ABSENT, findings.get(0).state());
    assertEquals(
        "libcublas.so.12, libcusparse.so.12"
            + " (libnvJitLink.so.12: cannot open shared object file)",
        findings.get(1).found());
    assertTrue(findings.get(1).remedy().contains("-Pgpu,cuda"), findings::toString);
  }

  @Test
  void aDriverAndNoLibraries() {
    Map<String, String> all =
        CudaLibraries.unloadable(
            name -> {
              if (!name.equals(CudaLibraries.DRIVER)) {
                throw new UnsatisfiedLinkError(
                    name + ": cannot open shared object file: No such file or directory");
              }
            });
    List<Finding> findings = new GpuNeeds(true, true, false, all, false).findings(anew);
    assertEquals(1, findings.size());
    assertEquals(State.ABSENT, findings.get(0).state());
    assertEquals(
        "libcudart.so.12, libcublasLt.so.12, libcublas.so.12, libcufft.so.11, libcusparse.so.12,"
            + " libcusolver.so.11, libcudnn.so.9",
        findings.get(0).found());
  }

  @Test
  void cuda13Alone() {
    Set<String> installed =
        Set.of(
            CudaLibraries.DRIVER,
            "libcudart.so.13",
            "libcublas.so.13",
            "libcusparse.so.12",
            "libcudnn.so.9");
    Consumer<String> loader =
        name -> {
          if (!installed.contains(name)) {
            throw new UnsatisfiedLinkError(name + ": cannot open shared object file");
          }
        };
    boolean cuda13 = CudaLibraries.ofCuda13(loader);
    List<Finding> findings =
        new GpuNeeds(true, true, false, CudaLibraries.unloadable(loader), cuda13).findings(anew);
    assertEquals(
        "libcudart.so.12, libcublasLt.so.12, libcublas.so.12, libcufft.so.11, libcusolver.so.11;"
            + " CUDA 13 is here, which this TensorFlow does not know",
        findings.get(0).found());
    assertTrue(findings.get(0).remedy().contains("-Pgpu,cuda"), findings::toString);
  }

  @Test
  void aGpuThatTensorFlowDoesNotList() {
    Device cpu = new Device("/device:CPU:0", "CPU", 1 << 28);
    Device gpu = new Device("/device:GPU:0", "GPU", 70L << 30);
    assertEquals(Finding.found("devices", "CPU:0"), Doctor.listed(List.of(cpu), false));
    assertEquals(State.WARNING, Doctor.listed(List.of(cpu), true).state());
    assertEquals(
        Finding.found("devices", "CPU:0, GPU:0 (70.0 GiB)"),
        Doctor.listed(List.of(cpu, gpu), true));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void nvidiasTool() throws IOException {
    Duration patience = Duration.ofSeconds(20);
    List<String> none = List.of("no-such-tool-here");
    assertEquals(Optional.empty(), new NvidiaTool(none, none, patience).ask());
    assertEquals(
        Optional.of(Finding.found("nvidia-smi", "GPU A; GPU B")),
        new NvidiaTool(shell("echo GPU A; echo GPU B"), none, patience).ask());
    Finding fails =
        new NvidiaTool(shell("echo Driver mismatch; exit 18"), none, patience).ask().orElseThrow();
    assertEquals(State.WARNING, fails.state());
    assertEquals("Driver mismatch", fails.found());
    Finding hangs =
        new NvidiaTool(List.of("sleep", "60"), none, Duration.ofMillis(50)).ask().orElseThrow();
    assertEquals(State.WARNING, hangs.state());
    assertTrue(hangs.found().startsWith("no answer"), hangs::toString);
  }

  private static List<String> shell(String line) {
    return List.of("sh", "-c", line);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anotherProcessOnTheCard() throws IOException {
    Duration patience = Duration.ofSeconds(20);
    List<String> processes = shell("echo 4711, python3, 60000 MiB");
    assertEquals(
        Finding.found("nvidia-smi", "NVIDIA A, 80000 of 81559 MiB free, driver 580.65.06"),
        new NvidiaTool(shell("echo NVIDIA A, 81559, 80000, 580.65.06"), processes, patience)
            .ask()
            .orElseThrow());
    Finding taken =
        new NvidiaTool(shell("echo NVIDIA A, 81559, 21559, 580.65.06"), processes, patience)
            .ask()
            .orElseThrow();
    assertEquals(State.WARNING, taken.state());
    assertEquals(
        "NVIDIA A, 21559 of 81559 MiB free, driver 580.65.06; in use by 4711, python3, 60000 MiB",
        taken.found());
    assertEquals("end the other process", taken.remedy(), "it is the only one");
    String three = "for free in 20000 79000 80000 81559; do echo A, 81559, $free, 580.65.06; done";
    Finding others = new NvidiaTool(shell(three), processes, patience).ask().orElseThrow();
    String freest = "\nexport CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=3";
    assertEquals("end the other process, or choose another GPU:" + freest, others.remedy());
  }
}
