package io.github.fdistill.serving;

import java.util.List;

/**
 * How long the versions of a student that are served may take: three times as long as they took
 * where they were exported, as others' machines may be slower and a request may find a batch before
 * it; and no less than servers wait by themselves.
 *
 * @param answer seconds for a request, of whichever version
 * @param loading seconds for the versions to be loaded and warmed up, one after another
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

  /**
   * Of versions that are so fast.
   *
   * @param versions that are served side by side
   * @param mostRows of a batch, which one file says for all of them
   */
  static Patience of(List<Throughput> versions, long mostRows) {
    double slowest = 0;
    double all = 0;
    for (Throughput version : versions) {
      for (Throughput.Point point : version.points()) {
        slowest = point.rows() <= mostRows ? Math.max(slowest, point.seconds()) : slowest;
      }
      // Each has warm-up requests of its own sizes.
      all += version.served().stream().mapToDouble(Throughput.Point::seconds).sum();
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
