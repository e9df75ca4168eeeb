package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.client.GrpcClient;
import io.github.fdistill.client.LoadTest;
import io.github.fdistill.client.ModelClient;
import io.github.fdistill.client.RestClient;
import io.github.fdistill.client.Which;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionText;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.WholeFile;
import io.github.fdistill.journal.PerSecond;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.SampleOutput;
import java.io.PrintStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/** {@code fdistill request}: asks a server for images, or how fast it answers. */
final class RequestCommand implements Command {
  private static final int MOST_ROWS = 4096;
  private static final int MOST_PORT = 65535;

  @Override
  public String name() {
    return "request";
  }

  @Override
  public String summary() {
    return "asks a server, ours or TensorFlow Serving, for images; or how fast it answers";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("MODEL");
  }

  @Override
  public Options options() {
    return ServedVersion.addTo(ServedPrompts.addTo(new Options()))
        .addOption(
            Flags.valued(
                "server",
                "ADDRESS",
                "http://HOST:PORT for REST, or HOST:PORT for gRPC (default " + "127.0.0.1:8500)"))
        .addOption(
            Flags.valued("steps", "N", "of a student of several steps: the first N (default: all)"))
        .addOption(Flags.valued("seeds", "LIST", "such as 7 or 0-9 or 1,5,20-29 (default 0-9)"))
        .addOption(
            Flags.valued(
                ClassFlag.NAME,
                "N",
                "of the images; also its name, or none, if savedmodels/MODEL lies "
                    + "here (default 0, where the student has classes)"))
        .addOption(ConditionFlag.option("each input once"))
        .addOption(
            Flags.valued(
                "out", "FOLDER", "a .png for each seed (default pictures; not with --load)"))
        .addOption(Flags.valued("load", "SECONDS", "ask for so long, and say how fast it answers"))
        .addOption(Flags.valued("clients", "N", "at once, with --load (default 8)"))
        .addOption(Flags.valued("rows", "N", "of each request (default 8; with --load 1)"))
        .addOption(Flags.valued("timeout", "SECONDS", "for one answer (default 60)"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill request fashion-mnist-student --seeds 0-19 --class bag --out bags/",
        "./fdistill request fashion-mnist-student --server http://127.0.0.1:8501 --label stable",
        "./fdistill request fashion-mnist-student --load 10 --clients 16 --rows 4",
        "./fdistill request emoji-student --prompt apple --prompt cat");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws ParseException {
    if (line.hasOption("load") && (line.hasOption("out") || line.hasOption("seeds"))) {
      throw new ParseException("--load takes neither --out nor --seeds");
    }
    if (!line.hasOption("load") && line.hasOption("clients")) {
      throw new ParseException("--clients needs --load");
    }
    ServedPrompts.requireUse(line);
    String server = line.getOptionValue("server", "127.0.0.1:8500");
    Which which = which(line);
    try (ModelClient client = client(line, server, which)) {
      if (line.hasOption("load")) {
        load(line, client, workspace, out);
      } else {
        draw(line, client, workspace, out);
      }
    } catch (ModelClient.ServerError e) {
      throw e.asInputException(server, which);
    }
  }

  private static Which which(CommandLine line) throws ParseException {
    Optional<Long> version = ServedVersion.number(line);
    Optional<String> label = ServedVersion.label(line);
    if (version.isPresent() && label.isPresent()) {
      throw new ParseException("--version and --label name the same thing");
    }
    return new Which(
        line.getArgList().get(0),
        version,
        label,
        line.hasOption("steps")
            ? Optional.of(Flags.whole(line, "steps", 0, 1, StudentSteps.MOST))
            : Optional.empty());
  }

  private static ModelClient client(CommandLine line, String server, Which which) {
    Duration patience = Duration.ofSeconds(Flags.whole(line, "timeout", 60, 1, 3600));
    try {
      if (server.matches("https?://[^/]+/?")) {
        URI address = new URI(server);
        requireAddress(server, address.getHost() != null && address.getPort() <= MOST_PORT);
        return new RestClient(server, which, patience);
      }
      int colon = server.lastIndexOf(':');
      requireAddress(server, server.matches("[^\\s/]+:\\d{1,5}"));
      int port = Integer.parseInt(server.substring(colon + 1));
      requireAddress(server, port <= MOST_PORT);
      return new GrpcClient(server.substring(0, colon), port, which, patience);
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw badAddress(server);
    }
  }

  private static void requireAddress(String server, boolean isOne) {
    if (!isOne) {
      throw badAddress(server);
    }
  }

  private static InputException badAddress(String server) {
    return Flags.bad("server", server, "HOST:PORT, or http://HOST:PORT");
  }

  /** The class. */
  private static int label(CommandLine line, ServedVersion here, PrintStream out) {
    boolean learnt = here.info().getLearntNoClass();
    int[] labels =
        new ClassFlag(here.classNames(), here.classes(), learnt, out::println)
            .labels(line, new int[1]);
    if (labels.length != 1) {
      throw Flags.bad(ClassFlag.NAME, line.getOptionValue(ClassFlag.NAME), "one class");
    }
    return labels[0];
  }

  /**
   * One row, of every image: the class, and the numbers that other flags give.
   *
   * @param label -1 where there are no classes
   */
  private static ConditionRows condition(
      CommandLine line, Map<String, ModelClient.Input> inputs, int label) {
    List<Conditioning.Input> told = new ArrayList<>();
    Map<String, String> texts = new LinkedHashMap<>(ConditionFlag.texts(line));
    texts.forEach((name, text) -> told.add(told(name, text, inputs)));
    if (label >= 0) {
      if (texts.containsKey(Conditioning.LABEL)) {
        throw Flags.bad(ConditionFlag.NAME, Conditioning.LABEL, "an input beside it: --class");
      }
      told.add(Conditioning.label(0));
      texts.put(Conditioning.LABEL, Integer.toString(label));
    }
    return ConditionText.read(new Conditioning(told), texts);
  }

  /** The input of a name, whose row has as many numbers as are said: a server may say any shape. */
  private static Conditioning.Input told(
      String name, String text, Map<String, ModelClient.Input> inputs) {
    Conditioning taken = ModelClient.conditioning(inputs);
    Conditioning.Input input =
        taken
            .input(name)
            .orElseThrow(
                () ->
                    Flags.bad(
                        ConditionFlag.NAME,
                        name + "=" + text,
                        "an input of the served model that is a condition: " + taken));
    if (text.split(",", -1).length != input.numbers()) {
      String numbers = String.format(Locale.ROOT, "%.0f numbers", input.numbers());
      throw Flags.bad(
          ConditionFlag.NAME, name + "=" + text, numbers + ", commas between them: " + input);
    }
    return input;
  }

  /** A row of all that is said; where there are prompts, a row for each. */
  private static ConditionRows conditions(
      CommandLine line,
      ModelClient client,
      Workspace workspace,
      ServedVersion here,
      PrintStream out) {
    Map<String, ModelClient.Input> inputs = client.inputs();
    boolean classes = inputs.containsKey(Conditioning.LABEL);
    String asked = line.getOptionValue(ClassFlag.NAME, ClassFlag.NONE);
    if (!classes && !asked.equals(ClassFlag.NONE)) {
      throw Flags.bad(ClassFlag.NAME, asked, "nothing: the model knows no classes");
    }
    ConditionRows beside = condition(line, inputs, classes ? label(line, here, out) : -1);
    if (!PromptFlag.given(line)) {
      ServedPrompts.requireNoneNeeded(line, inputs);
      return beside;
    }
    ConditionRows prompts = ServedPrompts.rows(line, workspace, here.folder(), inputs, out);
    return prompts.with(beside.rows(new int[prompts.count()]));
  }

  private static void requireCountable(long[] seeds, int prompts) {
    if ((long) seeds.length * prompts > Integer.MAX_VALUE) {
      throw Flags.bad(
          "seeds",
          seeds.length + " seeds for " + prompts + " prompts",
          "at most " + Integer.MAX_VALUE + " images");
    }
  }

  private static void draw(
      CommandLine line, ModelClient client, Workspace workspace, PrintStream out) {
    long[] seeds = Seeds.parse("seeds", line.getOptionValue("seeds", "0-9"));
    int rows = Flags.whole(line, "rows", 8, 1, MOST_ROWS);
    Path folder = workspace.path(line.getOptionValue("out", "pictures"));
    Folders.requirePermitted(folder); // Before prompts are encoded, which may take long.
    ServedVersion here = ServedVersion.of(line, workspace);
    requireCountable(seeds, PromptFlag.given(line) ? PromptFlag.texts(line, workspace).size() : 1);
    SampleGrid grid = new SampleGrid(seeds, conditions(line, client, workspace, here, out));
    List<String> files = SampleOutput.fileNames(grid, here.classNames(), here.classes());
    long[] seedOfEach = grid.seedOfEach();
    long start = System.nanoTime();
    for (int from = 0; from < grid.count(); from += rows) {
      int to = Math.min(grid.count(), from + rows);
      long[] some = Arrays.copyOfRange(seedOfEach, from, to);
      List<byte[]> images = client.png(some, grid.conditionOfEach(from, to));
      for (int i = 0; i < some.length; i++) {
        byte[] png = images.get(i);
        WholeFile.write(folder.resolve(files.get(from + i)), file -> file.write(png));
      }
    }
    double millis = (System.nanoTime() - start) / 1e6;
    out.printf(
        Locale.ROOT,
        "Wrote %s: %s (%.1f ms each)%n",
        Quantities.images(grid.count()),
        workspace.relative(folder),
        millis / grid.count());
  }

  private static void load(
      CommandLine line, ModelClient client, Workspace workspace, PrintStream out) {
    LoadTest test =
        new LoadTest(
            Flags.whole(line, "clients", 8, 1, 1024),
            Flags.whole(line, "rows", 1, 1, MOST_ROWS),
            conditions(line, client, workspace, ServedVersion.of(line, workspace), out),
            Duration.ofSeconds(Flags.whole(line, "load", 10, 1, 3600)));
    // One that is not counted.
    client.png(new long[test.rows()], test.conditionOfEach());
    LoadTest.Outcome outcome = test.run(client);
    out.printf(
        Locale.ROOT,
        "%d clients, %d rows a request, %.1f s: %d requests, %s requests/s, %s images/s%n"
            + "ms: 50%% %.2f, 90%% %.2f, 99%% %.2f, most %.2f%n",
        test.clients(),
        test.rows(),
        outcome.seconds(),
        outcome.nanos().length,
        PerSecond.text(outcome.requestsPerSecond()),
        PerSecond.text(outcome.imagesPerSecond()),
        outcome.percentile(0.5),
        outcome.percentile(0.9),
        outcome.percentile(0.99),
        outcome.percentile(1));
    outcome.errors().forEach((message, n) -> out.println(n + " errors: " + message));
  }
}
