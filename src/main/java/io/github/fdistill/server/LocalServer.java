package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.files.ChildJava;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.hosting.NotLoaded;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.logging.log4j.Logger;

/**
 * TensorFlow Serving's API on this machine: gRPC and REST, over the models of some folders. The
 * folders are looked at again and again, so that versions come and go while it runs.
 */
public final class LocalServer implements AutoCloseable {
  private static final Logger LOG = Logs.of(LocalServer.class);

  /** As a command calls them, for refusals. */
  private static final String GRPC_PORT = "port";

  private static final String REST_PORT = "rest-port";

  /** Of the folders; TensorFlow Serving looks as often. */
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  /** What has been asked before the end is answered for so long; the whole end takes below 10 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(6);

  /**
   * A client may give up all the calls of a connection so often in this time, and is hung up on if
   * it does more: a call that is begun and reset at once costs the server more than its client
   * (CVE-2023-44487).
   */
  private static final int TURNS = 10;

  private static final Duration WINDOW = Duration.ofSeconds(10);

  /**
   * Where it listens.
   *
   * @param host an address of this machine
   * @param grpc port; 0: any that is free
   * @param rest port; 0: any that is free
   * @param hosts besides its own that requests of REST may name; "*": any, and so it is where none
   *     is given and the host is not this machine alone
   * @param origins of pages elsewhere that may ask, such as "http://localhost:3000"; "*": all
   * @param health whether gRPC's own health service answers too
   * @param reflection whether gRPC's server reflection does
   */
  public record Address(
      String host,
      int grpc,
      int rest,
      List<String> hosts,
      List<String> origins,
      boolean health,
      boolean reflection) {
    /** For no other hosts and pages, without gRPC's own services. */
    public Address(String host, int grpc, int rest) {
      this(host, grpc, rest, List.of(), List.of(), false, false);
    }
  }

  private final Map<String, Model> models;
  private final ExecutorService workers;
  private final ScheduledExecutorService looks;
  private final FrontPage page;
  private final RestApi restApi;
  private final RestServer rest;
  private final Optional<GrpcHealth> health;
  private final Server grpc;

  private LocalServer(
      Map<String, Model> models,
      PrometheusCounts metrics,
      Address address,
      InetAddress host,
      Callers callers,
      Limits limits)
      throws IOException {
    this.models = models;
    int threads = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
    workers = Executors.newFixedThreadPool(threads, daemons("worker"));
    // Where one folder hangs, the others are looked at all the same.
    looks = Executors.newScheduledThreadPool(models.size(), daemons("models"));
    UnreadAnswers unread = new UnreadAnswers(limits.heldBytes());
    UnansweredRequests requests = new UnansweredRequests(limits.heldBytes());
    Predictions predictions = new Predictions(models, limits, workers, unread);
    page = new FrontPage(predictions, limits, daemons("page"));
    restApi = new RestApi(predictions, metrics, page);
    metrics.gauge(
        "waiting_rows", () -> models.values().stream().mapToLong(Model::waitingRows).sum());
    metrics.gauge(
        "computing_rows", () -> models.values().stream().mapToLong(Model::computingRows).sum());
    rest =
        listenRest(new InetSocketAddress(host, address.rest()), limits, callers, requests, unread);
    health =
        address.health()
            ? Optional.of(new GrpcHealth(restApi::health, daemons("health")))
            : Optional.empty();
    try {
      grpc =
          listenGrpc(
              new InetSocketAddress(host, address.grpc()),
              services(new GrpcApi(predictions, metrics), address.reflection()),
              limits,
              requests,
              unread,
              rest.group());
    } catch (IOException e) {
      rest.close();
      health.ifPresent(GrpcHealth::close);
      throw taken(GRPC_PORT, address.grpc(), e);
    }
    for (Model model : models.values()) {
      looks.scheduleWithFixedDelay(
          () -> look(model),
          BETWEEN_LOOKS.toMillis(),
          BETWEEN_LOOKS.toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }

  private static InetAddress host(String name) {
    try {
      return InetAddress.getByName(name);
    } catch (UnknownHostException e) {
      throw badHost(name, "the name is not known");
    }
  }

  private static InputException badHost(String name, String why) {
    return InputException.ofValue("host", name, "an address of this machine, to listen on: " + why);
  }

  /** Whether the server can listen there, before it loads its models, which takes long. */
  private static void requireFree(Address address, InetAddress host) {
    if (address.grpc() == address.rest() && address.rest() != 0) {
      throw InputException.ofValue(REST_PORT, "" + address.rest(), "another port than gRPC's");
    }
    listenOnce(host, 0, e -> badHost(address.host(), e.getMessage()));
    InputException.all(
        () -> listenOnce(host, address.grpc(), e -> taken(GRPC_PORT, address.grpc(), e)),
        () -> listenOnce(host, address.rest(), e -> taken(REST_PORT, address.rest(), e)));
  }

  private static void listenOnce(
      InetAddress host, int port, Function<IOException, InputException> refusal) {
    try (ServerSocket socket = new ServerSocket(port, 1, host)) {
      // It is let go of at once.
    } catch (IOException e) {
      throw refusal.apply(e);
    }
  }

  private RestServer listenRest(
      InetSocketAddress address,
      Limits limits,
      Callers callers,
      UnansweredRequests requests,
      UnreadAnswers unread) {
    try {
      return new RestServer(address, limits, callers, restApi, workers, requests, unread);
    } catch (IOException e) {
      throw taken(REST_PORT, address.getPort(), e);
    }
  }

  private List<ServerServiceDefinition> services(GrpcApi api, boolean reflection) {
    List<ServerServiceDefinition> services = new ArrayList<>(api.services());
    health.ifPresent(own -> services.add(api.health(own)));
    if (reflection) {
      services.addAll(new GrpcReflection(health.isPresent()).services());
    }
    return services;
  }

  private Server listenGrpc(
      InetSocketAddress address,
      List<ServerServiceDefinition> services,
      Limits limits,
      UnansweredRequests requests,
      UnreadAnswers unread,
      EventLoopGroup group)
      throws IOException {
    return NettyServerBuilder.forAddress(address)
        .channelFactory(
            () ->
                new BoundedServerSocket(
                    limits.connections(), each -> each.addLast(new UnreadStreams(limits.time()))))
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group)
        .addStreamTracerFactory(new CountedCalls(requests))
        .intercept(new GuardedCalls(limits.time(), group, unread))
        .executor(workers)
        .addServices(services)
        .decompressorRegistry(Deflate.added())
        .maxInboundMessageSize(limits.requestBytes())
        .maxConcurrentCallsPerConnection(limits.connections())
        .maxRstFramesPerWindow(TURNS * limits.connections(), (int) WINDOW.toSeconds())
        .maxConnectionIdle(limits.time().toNanos(), TimeUnit.NANOSECONDS)
        .permitKeepAliveWithoutCalls(true)
        .permitKeepAliveTime(5, TimeUnit.SECONDS)
        .build()
        .start();
  }

  private static InputException taken(String name, int port, IOException e) {
    String cause = "" + (e.getCause() == null ? e : e.getCause()).getMessage();
    boolean used = cause.contains("in use");
    return new InputException(
        "--" + name,
        port + (used ? ": another program listens on it" : ": " + cause),
        "a port that can be listened on",
        (used ? "end that program, or " : "")
            + "take another port; any that is free is taken by --port 0 --rest-port 0");
  }

  /**
   * Loads the models, then listens on this machine alone, on any ports that are free; see {@link
   * #grpcPort} and {@link #restPort}.
   *
   * @param folders of models; each is served by its folder's name
   * @throws InputException when one is no model's folder, two have one name, no version of one can
   *     be loaded, or Java's class path has no fdistill
   * @throws IOException when what a port needs cannot be had
   */
  public static LocalServer start(List<Path> folders) throws IOException {
    return start(folders, new Address("127.0.0.1", 0, 0), Limits.usual(), Hosting.APART);
  }

  /**
   * Loads the models, then listens.
   *
   * @param folders of models; each is served by its folder's name
   * @param hosting where they run
   * @throws InputException when one is no model's folder, two have one name, no version of one can
   *     be loaded, the host is not known, a host or an origin that may ask is none, a port cannot
   *     be had, or models are to have processes of their own and Java's class path has no fdistill
   * @throws IOException when what a port needs cannot be had
   */
  public static LocalServer start(
      List<Path> folders, Address address, Limits limits, Hosting hosting) throws IOException {
    if (hosting == Hosting.APART) {
      ChildJava.requireOnClassPath();
    }
    // Loading takes long: what is wrong with the rest is told of before.
    InetAddress host = host(address.host());
    Callers callers = Callers.of(address, host);
    requireFree(address, host);
    PrometheusCounts metrics = new PrometheusCounts();
    Map<String, Model> models = new LinkedHashMap<>();
    for (Path path : folders) {
      VersionsFolder folder = VersionsFolder.at(path);
      Model model = new Model(folder, hosting, limits, metrics);
      if (models.putIfAbsent(folder.name(), model) != null) {
        throw new InputException(
            path.toString(),
            "a second model of the name '" + folder.name() + "'",
            "models of different names",
            "rename one of the folders");
      }
      model.requireSettings();
    }
    try {
      for (Model model : models.values()) {
        loadFirst(model);
      }
      double largest = models.values().stream().mapToDouble(Model::largestBatch).max().orElse(0);
      return new LocalServer(models, metrics, address, host, callers, limits.fitting(largest));
    } catch (IOException | RuntimeException | Error e) {
      models.values().forEach(Model::retireAll);
      throw e;
    }
  }

  private static void loadFirst(Model model) throws IOException {
    model.look();
    try {
      model.awaitLoads();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the models are loaded no further");
    }
    if (!model.ready()) {
      List<String> errors = model.errors();
      String newest = errors.isEmpty() ? "" : errors.get(errors.size() - 1);
      throw new InputException(
          model.path().toString(),
          "no version of it can be served: " + String.join("; ", errors),
          "a SavedModel in a folder named by a number",
          NotLoaded.remedy(newest));
    }
  }

  /** An error that comes through ends no later look. */
  private static void look(Model model) {
    try {
      model.look();
    } catch (RuntimeException | Error e) {
      LOG.warn("The folder of {} could not be looked at", model.name(), e);
    }
  }

  private static ThreadFactory daemons(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** The port of gRPC. */
  public int grpcPort() {
    return grpc.getPort();
  }

  /** The port of REST, and of the page. */
  public int restPort() {
    return rest.port();
  }

  /**
   * Takes no more requests, answers those that have begun and are answered within seconds, and lets
   * go of the models. A thread that is interrupted waits for no answer, and ends the models.
   */
  @Override
  public void close() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    looks.shutdownNow();
    restApi.end();
    rest.stopListening();
    grpc.shutdown();
    health.ifPresent(GrpcHealth::close);
    try {
      rest.awaitAnswers(left(end));
      if (!grpc.awaitTermination(left(end).toNanos(), TimeUnit.NANOSECONDS)) {
        grpc.shutdownNow().awaitTermination(500, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      grpc.shutdownNow();
      Thread.currentThread().interrupt();
    }
    page.close();
    // A version closes when every request that holds it has its answer.
    List<ModelVersion> gone = new ArrayList<>();
    models.values().forEach(model -> gone.addAll(model.retireAll()));
    gone.forEach(version -> version.awaitClosed(left(end)));
    rest.close();
    workers.shutdown();
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }
}
