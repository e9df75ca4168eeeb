package io.github.fdistill.serving;

/**
 * How long a served student may take: three times as long as it took where it was exported, as
 * others' machines may be slower and a request may find a batch before it; and no less than servers
 * wait by themselves.
 *
 * @param answer seconds for a request
 * @param loading seconds for a version to be loaded and warmed up
 */
public record Patience(long answer, long loading) {
  private static final int TIMES = 3;

  /** TensorFlow Serving waits so long over REST. */
  private static final long LEAST_ANSWER = 30;

  /** {@code serve} waits so long for a request. */
  private static final long SERVED_ANSWER = 60;

  /** {@code serve} takes no more. */
  private static final long MOST_ANSWER = 3600;

  /** {@code serve} waits so long for a version. */
  private static final long LEAST_LOADING = 300;

  /** {@code serve} takes no more: a day. */
  private static final long MOST_LOADING = 86_400;

  /** Of a student that is so fast. */
  public static Patience of(Throughput throughput) {
    double slowest = 0;
    double all = 0;
    for (Throughput.Point point : throughput.served()) {
      slowest = Math.max(slowest, point.seconds());
      all += point.seconds();
    }
    // Of the signatures that are warmed up none takes longer than the one that was measured.
    double warmUp = all * WarmUpRequests.SIGNATURES.size();
    return new Patience(
        within(LEAST_ANSWER, TIMES * slowest, MOST_ANSWER),
        within(LEAST_LOADING, TIMES * warmUp, MOST_LOADING));
  }

  private static long within(long least, double seconds, long most) {
    return Math.min(most, Math.max(least, (long) Math.ceil(seconds)));
  }

  /** The flags that {@code serve} needs, each after a blank; none where it waits long enough. */
  public String serveFlags() {
    return (loading > LEAST_LOADING ? " --load-timeout " + loading : "")
        + (answer > SERVED_ANSWER ? " --timeout " + answer : "");
  }
}
