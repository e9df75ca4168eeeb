package io.github.fdistill.server;

import io.grpc.Status;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What the server counts, as Prometheus reads it. The names are TensorFlow Serving's where it
 * counts the same; times are in microseconds, as there.
 */
final class PrometheusCounts {
  private static final String PREFIX = ":tensorflow:serving:";
  private static final String OWN = ":fdistill:serving:";

  /** Upper bounds of a histogram's buckets in microseconds: 100, 200, 400, ... to 52 seconds. */
  private static final int BUCKETS = 20;

  private static final long FIRST_BOUND = 100;

  private static final class Histogram {
    private final LongAdder[] buckets = new LongAdder[BUCKETS + 1];
    private final LongAdder sum = new LongAdder();

    Histogram() {
      for (int i = 0; i <= BUCKETS; i++) {
        buckets[i] = new LongAdder();
      }
    }

    void add(long micros) {
      int i = 0;
      while (i < BUCKETS && micros > FIRST_BOUND << i) {
        i++;
      }
      buckets[i].increment();
      sum.add(micros);
    }

    void print(StringBuilder text, String name, String labels) {
      long count = 0;
      for (int i = 0; i <= BUCKETS; i++) {
        count += buckets[i].sum();
        String bound = i < BUCKETS ? "" + (FIRST_BOUND << i) : "+Inf";
        text.append(name + "_bucket{" + labels + ",le=\"" + bound + "\"} " + count + "\n");
      }
      text.append(name + "_sum{" + labels + "} " + sum.sum() + "\n");
      text.append(name + "_count{" + labels + "} " + count + "\n");
    }
  }

  private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
  private final Map<String, Histogram> latencies = new ConcurrentHashMap<>();
  private final Map<String, Histogram> runs = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> rows = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> padding = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> failedLoads = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> crashes = new ConcurrentHashMap<>();
  private final Map<String, LongSupplier> gauges = new ConcurrentHashMap<>();

  /**
   * Counts a request for a prediction that was answered, and its time where that went well.
   *
   * @param model as it is served; never what a client made up
   * @param api what was asked for, such as Predict
   * @param entry GRPC or REST
   */
  void request(String model, String api, String entry, Status.Code code, long nanos) {
    String by = ",entrypoint=\"" + entry + "\"";
    count(requests, of(model) + by + ",status=\"" + code + "\"", 1);
    if (code == Status.Code.OK) {
      latencies
          .computeIfAbsent(of(model) + ",API=\"" + api + "\"" + by, k -> new Histogram())
          .add(nanos / 1_000);
    }
  }

  /** What counts the batches of a signature. */
  Batcher.Ran batches(String model, String signature) {
    String labels = of(model) + ",signature=\"" + escaped(signature) + "\"";
    return (count, padded, nanos) -> {
      count(rows, labels, count);
      count(padding, labels, padded - count);
      runs.computeIfAbsent(labels, k -> new Histogram()).add(nanos / 1_000);
    };
  }

  /** Counts a version that could not be loaded. */
  void loadFailed(String model) {
    count(failedLoads, of(model), 1);
  }

  /** Counts a process of a model that has ended by itself. */
  void crashed(String model) {
    count(crashes, of(model), 1);
  }

  private static String of(String model) {
    return "model_name=\"" + escaped(model) + "\"";
  }

  /** A number that is asked for when the metrics are. */
  void gauge(String name, LongSupplier value) {
    gauges.put(OWN + name, value);
  }

  /** One of a model. */
  void gauge(String name, String model, LongSupplier value) {
    gauges.put(OWN + name + "{" + of(model) + "}", value);
  }

  private static void count(Map<String, LongAdder> counters, String labels, long more) {
    counters.computeIfAbsent(labels, k -> new LongAdder()).add(more);
  }

  private static String escaped(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /** Everything, in Prometheus' text format. */
  String text() {
    StringBuilder text = new StringBuilder();
    counters(text, PREFIX + "request_count", requests);
    histograms(text, PREFIX + "request_latency", latencies);
    histograms(text, OWN + "batch_latency", runs);
    counters(text, OWN + "batch_rows", rows);
    counters(text, OWN + "batch_padding_rows", padding);
    counters(text, OWN + "load_failures", failedLoads);
    counters(text, OWN + "crashes", crashes);
    gauges(text);
    return text.toString();
  }

  private void gauges(StringBuilder text) {
    String before = "";
    for (Map.Entry<String, LongSupplier> gauge : new TreeMap<>(gauges).entrySet()) {
      String name = gauge.getKey().split("[{]", 2)[0];
      if (!name.equals(before)) {
        text.append("# TYPE " + name + " gauge\n");
      }
      text.append(gauge.getKey() + " " + gauge.getValue().getAsLong() + "\n");
      before = name;
    }
  }

  private static void counters(StringBuilder text, String name, Map<String, LongAdder> counters) {
    text.append("# TYPE " + name + " counter\n");
    new TreeMap<>(counters)
        .forEach((labels, n) -> text.append(name + "{" + labels + "} " + n.sum() + "\n"));
  }

  private static void histograms(StringBuilder text, String name, Map<String, Histogram> all) {
    text.append("# TYPE " + name + " histogram\n");
    new TreeMap<>(all).forEach((labels, histogram) -> histogram.print(text, name, labels));
  }
}
