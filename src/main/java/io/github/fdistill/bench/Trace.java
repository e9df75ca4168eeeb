package io.github.fdistill.bench;

import io.github.fdistill.device.SessionRuns;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.proto.AllocationRecord;
import org.tensorflow.proto.AllocatorMemoryUsed;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.RunMetadata;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.RunOptions.TraceLevel;

/**
 * What TensorFlow tells of the ops of a step: those that ran, after its own optimisation of the
 * graph. Of a GPU it is the time to start them.
 *
 * @param ops by type, the longest first
 * @param seconds from the start of the first op to the end of the last, over all runs
 * @param peakBytes of tensors that the ops of a run made, the most at a time
 */
public record Trace(Map<String, Time> ops, double seconds, long peakBytes) {

  /**
   * @param count ops of the type
   * @param seconds that they took together; two at a time count twice
   */
  public record Time(int count, double seconds) {
    private Time plus(Time other) {
      return new Time(count + other.count, seconds + other.seconds);
    }
  }

  /** The op of a label {@code name = Op(inputs)}. */
  private static final Pattern LABEL = Pattern.compile(" = (\\w+)\\(");

  /** What the optimiser puts around the name of an op that it replaces or joins with another. */
  private static final Pattern OPTIMISED = Pattern.compile("_+(?:Mkl)?(?:Native)?(?:Fused)?");

  /** Traces what is done. */
  static Trace of(Workload workload) {
    Recorder recorder = new Recorder();
    workload.doing().accept(recorder);
    return of(recorder.runs);
  }

  private static final class Recorder implements SessionRuns {
    private static final RunOptions FULL =
        RunOptions.newBuilder().setTraceLevel(TraceLevel.FULL_TRACE).build();
    private final List<RunMetadata> runs = new ArrayList<>();

    /** One at a time: TensorFlow does not trace two. */
    @Override
    public synchronized Result run(Session.Runner prepared) {
      Result result = prepared.setOptions(FULL).runAndFetchMetadata();
      runs.add(result.getMetadata().orElseThrow());
      return result;
    }
  }

  /** Of runs one after another. */
  static Trace of(List<RunMetadata> runs) {
    Map<String, Time> times = new LinkedHashMap<>();
    double seconds = 0;
    long peak = 0;
    for (RunMetadata run : runs) {
      long first = Long.MAX_VALUE;
      long last = 0;
      TreeMap<Long, Long> changes = new TreeMap<>();
      for (DeviceStepStats device : run.getStepStats().getDevStatsList()) {
        for (NodeExecStats op : ops(device)) {
          long start = op.getAllStartNanos() + op.getOpStartRelNanos();
          long end = op.getAllStartNanos() + op.getOpEndRelNanos();
          times.merge(type(op), new Time(1, (end - start) / 1e9), Time::plus);
          first = Math.min(first, start);
          last = Math.max(last, end);
          addMemory(op, changes);
        }
      }
      seconds += Math.max(0, last - first) / 1e9;
      peak = Math.max(peak, highest(changes));
    }
    Map<String, Time> longestFirst = new LinkedHashMap<>();
    times.entrySet().stream()
        .sorted(Comparator.comparingDouble(entry -> -entry.getValue().seconds))
        .forEach(entry -> longestFirst.put(entry.getKey(), entry.getValue()));
    return new Trace(longestFirst, seconds, peak);
  }

  /** A GPU's streams tell again, in other words, what its device tells. */
  private static List<NodeExecStats> ops(DeviceStepStats device) {
    boolean again = device.getDevice().matches(".*/(stream|memcpy)\\b.*");
    return again ? List.of() : device.getNodeStatsList();
  }

  /** As the graph that was built calls it. */
  private static String type(NodeExecStats op) {
    Matcher label = LABEL.matcher(op.getTimelineLabel());
    String type = label.find() ? label.group(1) : op.getNodeName();
    Matcher optimised = OPTIMISED.matcher(type);
    return optimised.lookingAt()
        ? type.substring(optimised.end()).replaceFirst("WithBias$", "")
        : type;
  }

  private static void addMemory(NodeExecStats op, Map<Long, Long> changes) {
    for (AllocatorMemoryUsed allocator : op.getMemoryList()) {
      for (AllocationRecord record : allocator.getAllocationRecordsList()) {
        changes.merge(record.getAllocMicros(), record.getAllocBytes(), Long::sum);
      }
    }
  }

  private static long highest(TreeMap<Long, Long> changes) {
    long now = 0;
    long highest = 0;
    for (long change : changes.values()) {
      now += change;
      highest = Math.max(highest, now);
    }
    return highest;
  }

  /** Of all ops, those that ran at a time counted each. */
  public double busySeconds() {
    return ops.values().stream().mapToDouble(Time::seconds).sum();
  }

  /** What the ops of a type take of the time of all. */
  public double share(String type) {
    return ops.containsKey(type) ? ops.get(type).seconds / busySeconds() : 0;
  }
}
