package io.github.fdistill.bench;

import io.github.fdistill.config.Precision;
import io.github.fdistill.journal.PerSecond;
import io.github.fdistill.report.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * How fast a step is by several workers beside the same by one of them.
 *
 * @param variant of the settings, as {@code graphs/fashion-mnist}
 * @param images of a step, of all its batches together
 * @param exchanges of a step, in any order
 * @param rounds in their order
 */
public record TeamFindings(
    String variant,
    Precision precision,
    int images,
    int workers,
    List<Exchange> exchanges,
    List<Round> rounds) {

  /**
   * Of a step.
   *
   * @param seconds until the last worker has made it
   * @param processor seconds of the processor of the worker that took most of them
   */
  public record Time(double seconds, double processor) {}

  /**
   * The step in turns by one worker and by all, and the exchanges of a step by themselves.
   *
   * @param exchangeSeconds of all exchanges of a step, when no worker has anything else to do
   */
  public record Round(Time alone, Time together, double exchangeSeconds) {}

  public TeamFindings {
    exchanges = List.copyOf(exchanges);
    rounds = List.copyOf(rounds);
  }

  /** How many times as fast all are as one, round by round. */
  public Spread timesAsFast() {
    return spread(round -> round.alone.seconds / round.together.seconds);
  }

  /**
   * The same by processor time: near the former where each worker has a core of its own and nothing
   * else runs there, but for the time in which a worker waits for others.
   */
  public Spread timesAsFastByProcessorTime() {
    return spread(round -> round.alone.processor / round.together.processor);
  }

  /** Bytes of all vectors that are exchanged in a step. */
  public long bytes() {
    return exchanges.stream().mapToLong(Exchange::bytes).sum();
  }

  /** Bytes that a worker sends in a step, and receives as many. */
  public double bytesSent() {
    return exchanges.stream().mapToDouble(each -> each.bytesSent(workers)).sum();
  }

  /** The share of the step of all that its exchanges take by themselves. */
  public Spread shareOfExchanges() {
    return spread(round -> round.exchangeSeconds / round.together.seconds);
  }

  private Spread spread(ToDoubleFunction<Round> number) {
    return Spread.of(rounds.stream().mapToDouble(number).toArray());
  }

  /** For people, in Markdown. */
  public static String text(List<TeamFindings> all) {
    StringBuilder text = new StringBuilder();
    all.forEach(each -> text.append(each.text()));
    return text.toString();
  }

  private String text() {
    List<List<String>> rows =
        List.of(
            row(1, Round::alone, Spread.of(1), Spread.of(1)),
            row(workers, Round::together, timesAsFast(), timesAsFastByProcessorTime()));
    List<String> header =
        List.of(
            "workers",
            "images/s",
            "ms",
            "quartiles",
            "processor, ms",
            "times one",
            "quartiles",
            "by processor time");
    Spread exchangeSeconds = spread(Round::exchangeSeconds);
    return String.format(
        Locale.ROOT,
        "%s, a step of %d images%n%n%s%n%n"
            + "%d exchanges a step of %.2f MB in all, of which each worker sends %.2f MB."
            + " By themselves%nthey take %.1f ms (quartiles %.1f to %.1f), %.1f%% of a step of all.%n%n",
        variant,
        images,
        new Table(header, rows).markdown(),
        exchanges.size(),
        bytes() / 1e6,
        bytesSent() / 1e6,
        exchangeSeconds.median() * 1e3,
        exchangeSeconds.low() * 1e3,
        exchangeSeconds.high() * 1e3,
        shareOfExchanges().median() * 100);
  }

  private List<String> row(int count, Function<Round, Time> time, Spread times, Spread processor) {
    Spread seconds = spread(round -> time.apply(round).seconds);
    return List.of(
        Integer.toString(count),
        PerSecond.text(spread(round -> images / time.apply(round).seconds).median()),
        number("%.1f", seconds.median() * 1e3),
        number("%.1f", seconds.low() * 1e3) + " to " + number("%.1f", seconds.high() * 1e3),
        number("%.1f", spread(round -> time.apply(round).processor).median() * 1e3),
        number("%.3f", times.median()),
        number("%.3f", times.low()) + " to " + number("%.3f", times.high()),
        number("%.3f", processor.median()));
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** For a record: numbers in seconds and bytes. */
  public Map<String, Object> entry() {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("variant", variant);
    entry.put("images", images);
    entry.put("precision", precision.name());
    entry.put("workers", workers);
    entry.put("rounds", rounds.size());
    entry.put("seconds_alone", spread(round -> round.alone.seconds).entry());
    entry.put("seconds_together", spread(round -> round.together.seconds).entry());
    entry.put("times_as_fast", timesAsFast().entry());
    entry.put("times_as_fast_by_processor", timesAsFastByProcessorTime().entry());
    entry.put("exchanges", exchanges.size());
    entry.put("exchange_bytes", bytes());
    entry.put("exchange_bytes_sent", bytesSent());
    entry.put("exchange_seconds", spread(Round::exchangeSeconds).entry());
    return entry;
  }
}
