package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.device.WorkerServer;
import io.github.fdistill.files.DiskRefusal;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/**
 * This process among the workers of a team that has met. Whoever joins closes it; a worker that is
 * not through by then says before, by {@link #fail}, why it ends, and all others end too.
 */
public final class Crew implements AutoCloseable {
  /** A sum may wait for a slow worker so many times as long as for a silent one. */
  private static final int SLOW = 60;

  private final Team team;
  private final Map<Integer, Link> links;
  private final Optional<ServerSocket> door;
  private final Map<Integer, BlockingQueue<Message>> heard = new HashMap<>();
  private final Consumer<Loss> lost;
  private final Duration patience;
  private final String then;
  private final Sums sums;
  private WorkerServer server;
  private Optional<Reach> reach = Optional.empty();
  private volatile Loss failure;
  private volatile boolean ended;
  private volatile Consumer<String> notes = note -> {};

  /**
   * What a worker brings to the meeting.
   *
   * @param version of this program
   * @param work what it is to do: the same text for all
   * @param patience how long workers are waited for, and how long one may be silent later
   * @param then what comes of it when all are started again, in words
   */
  public record Terms(String version, String work, Duration patience, String then) {}

  private Crew(
      Team team,
      Map<Integer, Link> links,
      Optional<ServerSocket> door,
      Terms terms,
      Consumer<Loss> lost) {
    this.team = team;
    this.links = links;
    this.door = door;
    this.lost = lost;
    patience = terms.patience();
    then = terms.then();
    sums = new Sums(team.workers().size(), SLOW * patience.toSeconds());
    links.keySet().forEach(worker -> heard.put(worker, new LinkedBlockingQueue<>()));
  }

  /**
   * Meets the others; returns when all are there. Only the first worker listens, at its second
   * port.
   *
   * @param lost hears, at most once, of a worker that was lost or has failed; what waits for others
   *     throws the same
   * @throws InputException when a worker does not come in time, or does not fit
   */
  public static Crew meet(Team team, Terms terms, Consumer<Loss> lost) throws IOException {
    Meeting meeting = new Meeting(team, terms);
    Optional<ServerSocket> door =
        team.worker() == 0 ? Optional.of(meeting.door()) : Optional.empty();
    try {
      Map<Integer, Link> links =
          door.isPresent() ? meeting.welcome(door.get()) : Map.of(0, meeting.call());
      Crew crew = new Crew(team, links, door, terms, lost);
      crew.start(meeting);
      return crew;
    } catch (RuntimeException | IOException e) {
      if (door.isPresent()) {
        door.get().close();
      }
      throw e;
    }
  }

  /**
   * Of workers that compute sums: starts TensorFlow's server. The first worker returns when all
   * have theirs.
   *
   * @throws InputException when TensorFlow cannot listen at this one's port
   * @throws LinkageError where its libraries do not load
   */
  public void serve() {
    try {
      server =
          WorkerServer.start(
              team.workers().stream().map(Address::toString).toList(), team.worker());
    } catch (RuntimeException e) {
      Address here = team.workers().get(team.worker());
      InputException told =
          new InputException(
              team.name(team.worker()),
              "TensorFlow cannot listen at port " + here.port() + ": " + e.getMessage(),
              "a free port",
              "end what listens there, such as a worker of before; or name another port",
              e);
      failure = new Loss(told, true); // Whatever listens there may be gone the next time.
      ended = true;
      tell(failure.message());
      throw told;
    }
    if (leads()) {
      awaitServers();
      tell(Message.of(Message.Kind.SERVED, ""));
      watch();
    } else {
      report();
    }
  }

  /** Once all have servers: to unpack TensorFlow's libraries may take one long. */
  private synchronized void watch() {
    if (!ended && reach.isEmpty()) {
      Consumer<String> cut = why -> lose(Loss.gone(name(worker()), why, then));
      reach = Optional.of(Reach.watch(team, patience, cut));
    }
  }

  /** Where one has failed meanwhile, whoever waits for it next hears that. */
  private void awaitServers() {
    try {
      reports(0);
    } catch (InputException e) {
      if (failure == null) {
        throw e;
      }
    }
  }

  private void start(Meeting meeting) {
    links.forEach(
        (worker, link) ->
            link.start(
                message -> take(worker, message),
                why -> lose(Loss.gone(team.name(worker), why, then))));
    door.ifPresent(
        open -> {
          Thread thread = new Thread(() -> meeting.sendAway(open), "worker-door");
          thread.setDaemon(true);
          thread.start();
        });
  }

  private void take(int worker, Message message) {
    switch (message.kind()) {
      case FAILED, UNFIT -> lose(Loss.of(message, team.name(worker), then));
      case BYE -> ended = true;
      case NOTE -> notes.accept(message.text());
      case SERVED -> watch();
      default -> heard.get(worker).add(message);
    }
  }

  /** Ends what this worker waits for, and tells the others. */
  private void lose(Loss why) {
    synchronized (this) {
      if (ended || failure != null) {
        return;
      }
      failure = why;
    }
    tell(why.message());
    Message end = Message.of(Message.Kind.BYE, "");
    heard.values().forEach(queue -> queue.add(end));
    lost.accept(why);
  }

  private void tell(Message message) {
    links.values().forEach(link -> link.tell(message));
  }

  /** Which worker this is, from 0. */
  public int worker() {
    return team.worker();
  }

  /** How many there are. */
  public int workers() {
    return team.workers().size();
  }

  /** How many of them are on this machine. */
  public int here() {
    return team.here();
  }

  /** Whether this is the first, which decides and writes. */
  public boolean leads() {
    return worker() == 0;
  }

  /** How a worker is called in messages. */
  public String name(int worker) {
    return team.name(worker);
  }

  /** A session in which sums over the workers can be computed. */
  public Session open(Graph graph) {
    return server.open(graph);
  }

  /** What is computed over all workers, in graphs that all build alike. */
  public Sums sums() {
    return sums;
  }

  /** The first worker's: orders something of all others. */
  public void order(Order order) {
    requireAll();
    tell(order.message());
  }

  /**
   * Another worker's: waits for the next order.
   *
   * @throws InputException when the first worker, or any, is lost
   */
  public Order ordered() {
    return Order.of(next(0));
  }

  /** Tells the first worker numbers. */
  public void report(double... numbers) {
    tell(Numbers.few(numbers));
  }

  /**
   * The first worker's: what each of the others reports, in the order of their numbers.
   *
   * @param count of numbers that each reports
   */
  public List<double[]> reports(int count) {
    List<double[]> all = new ArrayList<>();
    for (int worker : others()) {
      all.add(Numbers.few(next(worker), count));
    }
    return all;
  }

  /** Another worker's: brings the first what it was told to draw. */
  public void bring(float[] numbers) {
    Numbers.many(numbers).forEach(this::tell);
  }

  /**
   * The first worker's: takes what another brings.
   *
   * @param into from {@code from} to before {@code to}
   */
  public void fetch(int worker, float[] into, int from, int to) {
    for (int next = from; next < to; ) {
      next = Numbers.take(next(worker), into, next, to);
    }
  }

  /**
   * Another worker's: tells the first what to write down, before it says why it ends.
   *
   * @param lines of which no more are told than a message holds, 4 MiB
   */
  public void note(String lines) {
    tell(Message.ofLines(Message.Kind.NOTE, lines));
  }

  /**
   * The first worker's: who hears what others want written down, whatever this one waits for.
   *
   * @param hears on another thread
   */
  public void onNote(Consumer<String> hears) {
    notes = hears;
  }

  /**
   * Makes sure that all read the same.
   *
   * @param what each reads, a line for each
   * @throws InputException on all, when one reads something else than the first
   */
  public void requireSame(String what) {
    otherTexts(what).forEach((i, theirs) -> refuse(Greeting.otherFiles(name(i), what, theirs)));
  }

  /**
   * Tells the first worker a text; it hears those that are others than its own, by their worker.
   */
  Map<Integer, String> otherTexts(String text) {
    Map<Integer, String> texts = new TreeMap<>();
    if (!leads()) {
      tell(Message.of(Message.Kind.REPORT, text));
      return texts;
    }
    others().forEach(worker -> texts.put(worker, next(worker).text()));
    texts.values().removeIf(text::equals);
    return texts;
  }

  /** The first worker's: ends all, of whom one does not fit. */
  void refuse(InputException e) {
    tell(new Loss(e, false).message());
    throw e;
  }

  private List<Integer> others() {
    return IntStream.range(1, workers()).boxed().toList();
  }

  private Message next(int worker) {
    requireAll();
    try {
      Message message = heard.get(worker).take();
      requireAll();
      return message;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + name(worker) + " was waited for", e);
    }
  }

  private void requireAll() {
    if (failure != null) {
      throw failure.why();
    }
  }

  /**
   * Says to the others that this worker ends, and why. Where TensorFlow fails because another
   * worker is gone, that is known a moment later, and is what is told.
   *
   * @param e what this worker ended with
   * @param told the same for the user
   * @return what this worker is to tell; what it ended with itself may go another time, unless that
   *     is a refusal, but of a disk that takes nothing, or libraries do not load
   */
  public Loss fail(Throwable e, InputException told) {
    for (long i = 0; RunFailure.isOne(e) && failure == null && i < 10 * patience.toSeconds(); i++) {
      try {
        Thread.sleep(100);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    if (failure != null) {
      return failure;
    }
    ended = true;
    boolean lasting = e instanceof InputException || e instanceof LinkageError;
    boolean again = !lasting || DiskRefusal.wasOfWriting(e);
    String said = "it has ended: " + told.where() + ": " + told.found();
    InputException all = new InputException(name(worker()), said, told.needed(), told.remedy());
    tell(new Loss(all, again).message());
    return new Loss(told, again);
  }

  /**
   * The first worker's: says that all is done.
   *
   * @param finished whether the run has made its last step
   */
  public void end(boolean finished) {
    ended = true;
    tell(Order.of(Order.Kind.END, finished ? 1 : 0).message());
    tell(Message.of(Message.Kind.BYE, ""));
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      ended = true;
      reach.ifPresent(Reach::close);
    }
    links.values().forEach(Link::close);
    if (door.isPresent()) {
      door.get().close();
    }
  }
}
