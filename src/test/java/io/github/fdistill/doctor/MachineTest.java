package io.github.fdistill.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.OneDnn;
import io.github.fdistill.device.Processor;
import io.github.fdistill.device.ResidentMemory;
import io.github.fdistill.doctor.Finding.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processor, memory and disk, of machines made up as files. */
class MachineTest {
  private static final long GIB = 1L << 30;

  @TempDir Path root;

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private ProcessorFindings processor(String cpuInfo) throws IOException {
    write("proc/cpuinfo", cpuInfo);
    return Processor.read(root).map(ProcessorFindings::new).orElseThrow();
  }

  private static void is(State state, String part, Finding finding) {
    assertEquals(state, finding.state(), finding::toString);
    assertTrue(finding.found().contains(part), finding::toString);
    assertEquals(state == State.FOUND, finding.remedy().isEmpty(), finding::toString);
  }

  @Test
  void aProcessorWithBfloat16() throws IOException {
    ProcessorFindings processor =
        processor(
            "processor\t: 0\nmodel name\t: Intel(R) Xeon(R): Platinum\n"
                + "flags\t\t: fpu fpu avx2 avx512f avx512_bf16 amx_bf16\n\n"
                + "processor\t: 1\nmodel name\t: Other\nflags\t\t: fpu\n");
    is(
        State.FOUND,
        "Intel(R) Xeon(R): Platinum: AVX2, AVX512F, AVX512_BF16, AMX_BF16",
        processor.features("linux-x86_64"));
    is(State.FOUND, "native", processor.bfloat16());
  }

  @Test
  void aProcessorThatEmulatesBfloat16() throws IOException {
    ProcessorFindings processor =
        processor("model name : Core\nflags : fma avx2 avx512f avx512_vnni\n");
    is(State.FOUND, "Core: AVX2, AVX512F", processor.features("linux-x86_64"));
    is(State.FOUND, "trainings on it take float32", processor.bfloat16());
  }

  @Test
  void whereTensorFlowLeavesOneDnnOutTheRemedyAsksForIt() throws IOException {
    ProcessorFindings processor = processor("model name : EPYC\nflags : fma avx2\n");
    for (Map<String, String> left :
        List.of(Map.<String, String>of(), Map.of(OneDnn.VARIABLE, "0"))) {
      Finding finding = processor.oneDnn(left).orElseThrow();
      is(State.WARNING, left.isEmpty() ? "left out" : "TF_ENABLE_ONEDNN_OPTS=0", finding);
      assertTrue(finding.remedy().startsWith("export TF_ENABLE_ONEDNN_OPTS=1"), finding.remedy());
    }
    is(State.FOUND, "takes", processor.oneDnn(Map.of(OneDnn.VARIABLE, "1")).orElseThrow());
    ProcessorFindings newer = processor("model name : New\nflags : avx2 avx512_vnni\n");
    is(State.FOUND, "takes", newer.oneDnn(Map.of()).orElseThrow());
  }

  @Test
  void anOldProcessor() throws IOException {
    ProcessorFindings old = processor("model name : Old\nflags : sse4_2\n");
    assertEquals(Optional.empty(), old.oneDnn(Map.of()));
    is(State.WARNING, "not even AVX2", old.features("linux-x86_64"));
  }

  @Test
  void anArmProcessor() throws IOException {
    ProcessorFindings arm = processor("processor : 0\nFeatures : fp asimd sve bf16\n");
    is(State.FOUND, "linux-arm64: ASIMD, SVE, BF16", arm.features("linux-arm64"));
    is(State.FOUND, "native", arm.bfloat16());
  }

  @Test
  void whereThereIsNoProc() throws IOException {
    assertEquals(Optional.empty(), Processor.read(root));
    assertEquals(7, Memory.machine(root, 7));
  }

  @Test
  void theMemoryOfTheMachineAndAContainersLimit() throws IOException {
    write("proc/meminfo", "MemTotal:       67108864 kB\nMemFree:         100 kB\n");
    assertEquals(64 * GIB, Memory.machine(root, 1));
    is(State.FOUND, "64.0 GiB", new Memory(16 * GIB, 64 * GIB, 64 * GIB).machineFinding());
    is(
        State.FOUND,
        "8.0 GiB (a limit; the machine has 64.0 GiB)",
        new Memory(2 * GIB, 8 * GIB, 64 * GIB).machineFinding());
    Memory little = new Memory(GIB / 4, GIB, 64 * GIB);
    is(State.WARNING, "1.0 GiB (a limit", little.machineFinding());
    assertEquals("raise the container's limit", little.machineFinding().remedy());
    is(State.WARNING, "0.3 GiB at most", little.heapFinding());
    assertTrue(Memory.read(root).usable() > 0);
  }

  @Test
  void whatAProcessMayHoldIsWhatItHoldsAndWhatIsFree() throws IOException {
    assertEquals(OptionalLong.empty(), Memory.available(root, GIB, 8 * GIB));
    write("proc/meminfo", "MemTotal:       67108864 kB\nMemAvailable:   3145728 kB\n");
    assertEquals(OptionalLong.of(4 * GIB), Memory.available(root, GIB, 8 * GIB));
    assertEquals(OptionalLong.of(2 * GIB), Memory.available(root, GIB, 2 * GIB), "a limit");
  }

  @Test
  void whatAProcessHoldsAndHasHeld() throws IOException {
    ResidentMemory none = new ResidentMemory(root);
    assertEquals(OptionalLong.empty(), none.now());
    assertFalse(none.resetPeak());
    write("status", "Name:\tjava\nVmPeak:\t 9 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n");
    assertEquals(OptionalLong.of(1 << 20), none.now());
    assertEquals(OptionalLong.of(2 << 20), none.peak());
    write("clear_refs", "");
    assertTrue(none.resetPeak());
    assertEquals("5", Files.readString(root.resolve("clear_refs")));
    assertEquals(
        Files.exists(Path.of("/proc/self/status")), ResidentMemory.here().now().isPresent());
  }

  @Test
  void aFolderThatIsNotThereYet() throws IOException {
    WorkFolder folder = WorkFolder.read("runs", root.resolve("a/runs"));
    assertTrue(folder.writable() && folder.free() > 0);
    assertTrue(Files.notExists(root.resolve("a")), "nothing is left behind");
    is(State.FOUND, "5.0 GB free", new WorkFolder("runs", true, 5_000_000_000L).finding());
    is(State.WARNING, "1.9 GB free", new WorkFolder("runs", true, 1_900_000_000L).finding());
  }

  @Test
  void aFileWhereAFolderShouldBe() throws IOException {
    write("runs", "in the way");
    is(State.MISSING, "cannot be written", WorkFolder.read("runs", root.resolve("runs")).finding());
  }

  @Test
  void theNativesOfThePlatform() {
    Platform linux = new Platform(17, "linux-x86_64");
    Rebuilding anew = new Rebuilding(Optional.empty());
    is(State.FOUND, "for linux-x86_64", linux.natives(n -> !n.contains("-gpu"), anew));
    is(State.FOUND, "NVIDIA GPUs", linux.natives(n -> n.contains("/linux-x86_64-gpu/"), anew));
    is(State.MISSING, "none for linux-x86_64 on the class path", linux.natives(n -> false, anew));
    Finding other = new Platform(17, "linux-ppc64le").natives(n -> false, anew);
    is(State.MISSING, "TensorFlow Java has none for linux-ppc64le", other);
    assertTrue(other.remedy().contains("linux-arm64"));
  }

  @Test
  void javaMayNotBeTooOld() {
    is(State.FOUND, Runtime.version().toString(), new Platform(17, "linux-x86_64").javaVersion());
    is(State.MISSING, "", new Platform(16, "linux-x86_64").javaVersion());
  }
}
