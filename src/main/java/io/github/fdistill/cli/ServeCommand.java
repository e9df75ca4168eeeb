package io.github.fdistill.cli;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.server.Limits;
import io.github.fdistill.server.LocalServer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill serve}: TensorFlow Serving's API on this machine. */
final class ServeCommand implements Command {
  private static final Duration MOST_CLOSING = Duration.ofSeconds(9);

  /** gRPC's own log would have a stack trace for every client that sends too much. */
  private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

  /** The exit code of a process that was told to end. */
  private static final int SIGTERM = 143;

  @Override
  public String name() {
    return "serve";
  }

  @Override
  public String summary() {
    return "answers TensorFlow Serving's requests on this machine, and shows a page to try";
  }

  @Override
  public Arguments arguments() {
    return Arguments.some("MODEL");
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Flags.valued("port", "PORT", "of gRPC (default 8500; 0: any that is free)"))
        .addOption(
            Flags.valued("rest-port", "PORT", "of REST and of the page (default 8501; 0: any)"))
        .addOption(
            Flags.valued(
                "host",
                "ADDRESS",
                "to listen on (default 127.0.0.1, this machine alone; 0.0.0.0: "
                    + "every network; there is no password and no encryption, and "
                    + "elsewhere than on 127.0.0.1 requests may name any host until "
                    + "--allow-host says which)"))
        .addOption(
            Flags.valued(
                "allow-host",
                "NAME",
                "that requests of REST may name besides the server's own, or *; "
                    + "may be repeated"))
        .addOption(
            Flags.valued(
                "allow-origin",
                "ORIGIN",
                "of pages elsewhere that may ask from a browser, such as "
                    + "http://localhost:3000, or *; may be repeated"))
        .addOption(Flags.plain("grpc-health", "answer grpc.health.v1.Health too, as /healthz does"))
        .addOption(
            Flags.plain(
                "grpc-reflection",
                "tell of services and messages, so that tools such as grpcurl need "
                    + "no .proto files"))
        .addOption(
            Flags.valued(
                "max-megabytes",
                "N",
                "of one request (default: what the largest batch of a model "
                    + "takes, and 16 at least)"))
        .addOption(
            Flags.valued(
                "timeout",
                "SECONDS",
                "for one request to come in, for its answer to be computed, "
                    + "and for that to be read, each (default 60)"))
        .addOption(
            Flags.valued(
                "connections",
                "N",
                "at once of each protocol, and calls at once on one of gRPC " + "(default 256)"))
        .addOption(
            Flags.valued(
                "load-timeout",
                "SECONDS",
                "for one version to be loaded and warmed up (default 300)"))
        .addOption(
            Flags.plain(
                "in-process",
                "run the models in the server's own process, which ends with "
                    + "TensorFlow where that crashes: takes less memory, for models "
                    + "that you trust"))
        .addOption(DeviceFlag.option());
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill serve savedmodels/fashion-mnist-student",
        "./fdistill serve savedmodels/fashion-mnist-teacher --rest-port 9501 --port 9500");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Sessions.useOneLane();
    List<Path> folders = line.getArgList().stream().map(workspace::path).toList();
    String host = line.getOptionValue("host", "127.0.0.1");
    LocalServer.Address address =
        new LocalServer.Address(
            host,
            Flags.whole(line, "port", 8500, 0, 65535),
            Flags.whole(line, "rest-port", 8501, 0, 65535),
            listed(line, "allow-host"),
            listed(line, "allow-origin"),
            line.hasOption("grpc-health"),
            line.hasOption("grpc-reflection"));
    Limits limits =
        new Limits(
            megabytes(line),
            Duration.ofSeconds(Flags.whole(line, "timeout", 60, 1, 3600)),
            Flags.whole(line, "connections", 256, 1, 65536),
            Duration.ofSeconds(Flags.whole(line, "load-timeout", 300, 1, 86400)));
    GRPC_LOG.setLevel(Level.SEVERE);
    Hosting hosting = line.hasOption("in-process") ? Hosting.HERE : Hosting.APART;
    LocalServer server = LocalServer.start(folders, address, limits, hosting);
    String shown = host.contains(":") ? "[" + host + "]" : host;
    out.println("gRPC on " + shown + ":" + server.grpcPort());
    out.println("REST and a page to try on http://" + shown + ":" + server.restPort());
    out.println(
        hosting == Hosting.APART
            ? "Each version of a model runs in a process of its own."
            : "The models run in this process: a crash of TensorFlow's ends it.");
    out.println("For development and small installations. Ctrl-C ends it.");
    closeOnSignal(server, out);
  }

  /** In bytes; 0 where nothing is said. 1024 is as much as fits. */
  private static int megabytes(CommandLine line) {
    return line.hasOption("max-megabytes")
        ? Flags.whole(line, "max-megabytes", 16, 1, 1024) << 20
        : 0;
  }

  private static List<String> listed(CommandLine line, String flag) {
    return line.hasOption(flag) ? List.of(line.getOptionValues(flag)) : List.of();
  }

  /** Waits for Ctrl-C or SIGTERM; what has been asked by then is answered within seconds. */
  private static void closeOnSignal(LocalServer server, PrintStream out) {
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  closeInTime(server, out);
                  ended.countDown();
                },
                "end-of-serving"));
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whatever the server is doing: what hangs does not keep the process. */
  private static void closeInTime(LocalServer server, PrintStream out) {
    Thread closing = new Thread(server::close, "closing");
    closing.setDaemon(true);
    closing.start();
    try {
      closing.join(MOST_CLOSING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.println(closing.isAlive() ? "Ended, without all answers." : "Ended.");
    if (closing.isAlive()) {
      Runtime.getRuntime().halt(SIGTERM);
    }
  }
}
