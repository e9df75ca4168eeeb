package io.github.fdistill.journal;

import java.io.Console;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far long work is, how fast it goes and when it ends: a bar on a terminal, plain lines in a
 * log. The speed is that of the last half minute, so the time left follows what the machine does
 * now; the steps an earlier run did count for the percentage only.
 *
 * <pre>{@code train  step 120/800  15%  312 images/s  4:32 left  loss 0.0123}</pre>
 */
public final class Progress implements AutoCloseable {
  /** Where progress is shown. */
  public enum Display {
    /** A bar that is redrawn in place. */
    BAR,
    /** Lines of the log at level INFO. */
    LINES,
    /** Nowhere. */
    NOTHING;

    /** The bar where a person looks on: a terminal that can redraw a line. */
    public static Display choose(boolean quiet) {
      if (quiet) {
        return NOTHING;
      }
      boolean redraws = !"dumb".equals(System.getenv("TERM"));
      return redraws && isTerminal(Console.class, System.console()) ? BAR : LINES;
    }

    /**
     * Whether a console is a terminal. Java 22 to 24 have a console also where a file takes what is
     * printed, and a method that tells; Java before 22 has none there, and no such method.
     *
     * @param type that may have the method
     * @param console null where there is none
     */
    static <C> boolean isTerminal(Class<C> type, C console) {
      if (console == null) {
        return false;
      }
      try {
        return (boolean) type.getMethod("isTerminal").invoke(console);
      } catch (ReflectiveOperationException e) {
        return true;
      }
    }
  }

  /**
   * @param display where progress is shown
   * @param lineInterval time between two lines of the log, at least
   * @param nanoTime the clock, in nanoseconds as System.nanoTime has them
   */
  public record Options(Display display, Duration lineInterval, LongSupplier nanoTime) {
    /** A line every ten seconds, by the system's clock. */
    public static Options of(Display display) {
      return new Options(display, Duration.ofSeconds(10), System::nanoTime);
    }
  }

  private final ProgressView view;
  private final String unit;
  private final LongSupplier nanoTime;
  private final long totalSteps;
  private final long startNanos;
  private final Rate steps = new Rate();
  private final Rate images = new Rate();
  private long lastNanos;
  private boolean begun;

  private Progress(
      ProgressView view, String unit, long firstStep, long totalSteps, LongSupplier nanoTime) {
    this.view = view;
    this.unit = unit;
    this.totalSteps = totalSteps;
    this.nanoTime = nanoTime;
    startNanos = nanoTime.getAsLong();
    lastNanos = startNanos;
    steps.reach(firstStep, 0);
  }

  /**
   * Starts the clock.
   *
   * @param name what is being done, in a word
   * @param firstStep steps done before, by an earlier run; 0 if none
   * @param totalSteps steps when all is done, at least 1
   */
  public static Progress start(String name, long firstStep, long totalSteps, Options options) {
    return start(name, "step", firstStep, totalSteps, options);
  }

  /**
   * The same of what is not counted in steps.
   *
   * @param unit what is counted, in a word
   */
  public static Progress start(
      String name, String unit, long firstStep, long totalSteps, Options options) {
    if (!(0 <= firstStep && firstStep <= totalSteps && totalSteps > 0)) {
      throw new IllegalArgumentException("steps " + firstStep + " to " + totalSteps);
    }
    ProgressView view =
        switch (options.display) {
          case BAR -> new ProgressBarView(name, firstStep, totalSteps);
          case LINES -> new ProgressLines(name + "  " + unit, totalSteps, options);
          case NOTHING -> ProgressView.NONE;
        };
    return new Progress(view, unit, firstStep, totalSteps, options.nanoTime);
  }

  /**
   * Shows where the work is; cheap enough to be called after every step.
   *
   * @param step steps done, those before {@code firstStep} included
   * @param imagesSoFar images worked through since {@link #start}; 0 throughout if the work has
   *     none: the speed is then in steps
   * @param message the few numbers that matter, as "loss 0.0123"; may be empty
   */
  public void stepTo(long step, long imagesSoFar, String message) {
    long now = nanoTime.getAsLong();
    double seconds = (now - lastNanos) / 1e9;
    lastNanos = now;
    // What comes before the first step is done once: it tells nothing of the others.
    double counted = begun || step >= totalSteps ? seconds : 0;
    begun = true;
    steps.reach(step, counted);
    images.reach(imagesSoFar, counted);
    String speed = imagesSoFar > 0 ? perSecond(images, "images/s") : perSecond(steps, unit + "s/s");
    view.show(step, (speed + time(step) + "  " + message).strip());
  }

  /** Shows the last state if that has not been done, and ends the bar. */
  @Override
  public void close() {
    view.close();
  }

  /** The time left; once all is done, the time it took. */
  private String time(long step) {
    if (step >= totalSteps) {
      return "in " + clock((lastNanos - startNanos) / 1e9);
    }
    double speed = steps.perSecond();
    return speed > 0 ? clock((totalSteps - step) / speed) + " left" : "started";
  }

  private static String perSecond(Rate rate, String unit) {
    double speed = rate.perSecond();
    if (speed == 0) {
      return "";
    }
    return PerSecond.text(speed) + " " + unit + "  ";
  }

  /** 272 seconds as "4:32", 3,723 as "1:02:03". */
  static String clock(double seconds) {
    long s = Math.round(seconds);
    return s < 3600
        ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }
}
