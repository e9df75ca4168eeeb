package io.github.fdistill.device;

import static org.tensorflow.internal.c_api.global.tensorflow.TF_GetAllRegisteredKernels;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.KernelDef;
import org.tensorflow.proto.KernelList;

/**
 * What TensorFlow can compute on a GPU: the kernels that a build of it has for one, of each op, for
 * which types, and which of its tensors lie in the host's memory nevertheless.
 *
 * @param byOp of each op that has one, those that it has
 */
public record Kernels(Map<String, List<Kernel>> byOp) {
  /** Of the GPU build of TensorFlow 2.18.0, as {@link #loaded} found it there. */
  private static final String RECORDED = "gpu-kernels.txt";

  /** TensorFlow takes a kernel for any device where it has none for the GPU alone. */
  private static final List<String> DEVICES = List.of("GPU", "DEFAULT");

  static {
    Natives.setUp();
  }

  /**
   * One kernel.
   *
   * @param device GPU, or DEFAULT: any
   * @param types that an attribute may have, as {@code T}; an attribute that is not named may have
   *     any
   * @param onHost inputs and outputs, by name, that lie in the host's memory
   */
  public record Kernel(
      String op, String device, Map<String, Set<DataType>> types, Set<String> onHost) {
    public Kernel {
      types = new TreeMap<>(types);
      onHost = new TreeSet<>(onHost);
    }

    /** As a line of the record: op, device, types, what is on the host. */
    @Override
    public String toString() {
      String constraints =
          types.entrySet().stream()
              .map(
                  entry ->
                      entry.getKey()
                          + "="
                          + entry.getValue().stream()
                              .map(Kernels::name)
                              .sorted()
                              .collect(Collectors.joining(",")))
              .collect(Collectors.joining(";"));
      return op + "\t" + device + "\t" + constraints + "\t" + String.join(",", onHost);
    }

    private static Kernel read(String line) {
      String[] parts = line.split("\t", -1);
      Map<String, Set<DataType>> types = new TreeMap<>();
      for (String constraint : words(parts[2], ";")) {
        String[] sides = constraint.split("=", -1);
        types.put(
            sides[0], words(sides[1], ",").stream().map(Kernels::type).collect(Collectors.toSet()));
      }
      return new Kernel(parts[0], parts[1], types, Set.copyOf(words(parts[3], ",")));
    }

    private static Kernel of(KernelDef def) {
      Map<String, Set<DataType>> types = new TreeMap<>();
      def.getConstraintList()
          .forEach(
              c ->
                  types.put(c.getName(), Set.copyOf(c.getAllowedValues().getList().getTypeList())));
      return new Kernel(
          def.getOp(), def.getDeviceType(), types, Set.copyOf(def.getHostMemoryArgList()));
    }
  }

  /** Of the natives that are loaded; those for CPUs have only the ones for any device. */
  public static Kernels loaded() {
    try (PointerScope scope = new PointerScope()) {
      TF_Status status = TF_Status.newStatus();
      TF_Buffer buffer = TF_GetAllRegisteredKernels(status);
      status.throwExceptionIfNotOK();
      return of(
          KernelList.parseFrom(buffer.dataAsByteBuffer()).getKernelList().stream()
              .filter(kernel -> kernel.getLabel().isEmpty())
              .filter(kernel -> DEVICES.contains(kernel.getDeviceType()))
              .map(Kernel::of)
              .toList());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("TensorFlow's list of kernels cannot be read", e);
    }
  }

  /** Of the build for GPUs, whichever is loaded: as they were recorded. */
  public static Kernels ofGpuBuild() {
    try (InputStream in = Kernels.class.getResourceAsStream(RECORDED);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return of(lines.lines().filter(line -> !line.startsWith("#")).map(Kernel::read).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Kernels of(Collection<Kernel> kernels) {
    Map<String, List<Kernel>> byOp = new TreeMap<>();
    kernels.stream()
        .sorted((a, b) -> a.toString().compareTo(b.toString()))
        .distinct()
        .forEach(k -> byOp.computeIfAbsent(k.op(), op -> new ArrayList<>()).add(k));
    return new Kernels(byOp);
  }

  /** The record: a line for each kernel, sorted. */
  public List<String> lines() {
    return byOp.values().stream().flatMap(List::stream).map(Kernel::toString).toList();
  }

  /**
   * The kernel for an op with these types.
   *
   * @param types of an attribute, by its name: one type, or those of a list
   */
  public Optional<Kernel> find(String op, Function<String, Collection<DataType>> types) {
    return byOp.getOrDefault(op, List.of()).stream()
        .filter(
            kernel ->
                kernel.types().entrySet().stream()
                    .allMatch(entry -> entry.getValue().containsAll(types.apply(entry.getKey()))))
        .max(Comparator.comparing(Kernel::device));
  }

  private static List<String> words(String text, String separator) {
    return text.isEmpty() ? List.of() : List.of(text.split(separator));
  }

  private static String name(DataType type) {
    return type.name().substring("DT_".length()).toLowerCase(Locale.ROOT);
  }

  private static DataType type(String name) {
    return DataType.valueOf("DT_" + name.toUpperCase(Locale.ROOT));
  }
}
