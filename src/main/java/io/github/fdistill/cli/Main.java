package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Spelling;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.journal.ProgramLog;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/** The program: finds the command, reads its flags, runs it, and says what went wrong. */
public final class Main {
  /** Exit codes; a signal gives 130 or 143. */
  static final int DONE = 0;

  static final int FAILED = 1;
  static final int USAGE = 2;

  /** Another worker was lost: the same command may go on. EX_TEMPFAIL of sysexits.h. */
  static final int AGAIN = 75;

  static final List<Command> COMMANDS =
      List.of(
          new InitCommand(),
          new TrainCommand(),
          new PretrainCommand(),
          new ImportCommand(),
          new DataCommand(),
          new TokenizerCommand(),
          new SampleCommand(),
          new FeaturesCommand(),
          new EvaluateCommand(),
          new StudyCommand(),
          new InspectCommand(),
          new ReportCommand(),
          new RerunCommand(),
          new BenchCommand(),
          new ExportCommand(),
          new ServeCommand(),
          new RequestCommand(),
          new DoctorCommand());

  private static final String DEBUG = "debug";

  private Main() {}

  public static void main(String[] args) {
    System.setProperty("java.awt.headless", "true");
    if (Flags.isIn(List.of(args), DEBUG)) {
      System.setProperty("fdistill.debug", "true");
    }
    ProgramLog.use();
    OptionalInt second = SecondStart.run(List.of(args));
    if (second.isPresent()) {
      System.exit(second.getAsInt());
    }
    PrintStream err = System.err;
    System.setErr(ShownStream.over(err)); // The log's, which tells of files and models too.
    int code = runApart(List.of(args), err);
    if (code != DONE) {
      System.exit(code);
    }
  }

  /** Runs a command line, in a process of its own where a stranger's model may end it. */
  private static int runApart(List<String> words, PrintStream err) {
    LocalWorkers local = LocalWorkers.of(words);
    if (local.areSeveral() && isRead(words)) {
      try {
        return local.run(Main.class.getName(), err);
      } catch (IOException e) {
        err.println("fdistill: no processes of their own (" + e.getMessage() + ")");
        return FAILED;
      } catch (InputException e) {
        err.println("fdistill " + words.get(0) + ": " + e.getMessage());
        return FAILED;
      }
    }
    if (OwnProcess.wanted(words)) {
      try {
        return OwnProcess.run(Main.class.getName(), words, err);
      } catch (IOException e) {
        err.println("fdistill: no process of its own (" + e.getMessage() + ")");
      }
    }
    OwnProcess.endWithStarter();
    return run(words, Workspace.here(), System.out, err);
  }

  /** Runs a command line; returns the exit code. */
  static int run(List<String> words, Workspace workspace, PrintStream out, PrintStream err) {
    return shown(words, workspace, ShownStream.over(out), ShownStream.over(err));
  }

  private static int shown(
      List<String> words, Workspace workspace, PrintStream out, PrintStream err) {
    if (words.isEmpty() || List.of("--help", "-h", "help").contains(words.get(0))) {
      out.print(Help.overview(COMMANDS));
      return words.isEmpty() ? USAGE : DONE;
    }
    if (words.get(0).equals("--version")) {
      out.print(Versions.text());
      return DONE;
    }
    Command command = named(words.get(0)).orElse(null);
    if (command == null) {
      List<String> names = COMMANDS.stream().map(Command::name).toList();
      String meant =
          Spelling.nearest(words.get(0), names).map(n -> "; did you mean " + n + "?").orElse("");
      err.println("fdistill: no command '" + words.get(0) + "'" + meant);
      err.println("  needed: one of " + String.join(", ", names));
      err.println("  see: fdistill --help");
      return USAGE;
    }
    return run(command, words, workspace, out, err);
  }

  private static Optional<Command> named(String name) {
    return COMMANDS.stream().filter(command -> command.name().equals(name)).findFirst();
  }

  /** Whether flags can be read; else {@link #run} says what of them cannot. */
  private static boolean isRead(List<String> words) {
    try {
      parse(named(words.get(0)).orElseThrow(), words.subList(1, words.size()));
      return true;
    } catch (ParseException e) {
      return false;
    }
  }

  private static int run(
      Command command, List<String> words, Workspace workspace, PrintStream out, PrintStream err) {
    CommandLine line = null;
    try {
      line = parse(command, words.subList(1, words.size()));
      if (line.hasOption("help")) {
        out.print(Help.of(command, options(command)));
        return DONE;
      }
      LocalWorkers.requireStarted(line);
      try (Sessions.Hold device = DeviceFlag.apply(line)) {
        command.arguments().require(line.getArgList(), options(command));
        command.run(line, words, workspace, out);
      }
      return DONE;
    } catch (ParseException e) {
      Misuse misuse = new Misuse(command, options(command), words.subList(1, words.size()));
      err.println("fdistill " + command.name() + ": " + misuse.told(e));
      err.println("  see: fdistill " + command.name() + " --help");
      return USAGE;
    } catch (Throwable e) { // Also Errors: of memory, of libraries, of what is nested too deeply.
      Throwable why = e instanceof WorkersEnded ? e.getCause() : e;
      InputException told = Failures.of(why);
      if (line != null && why instanceof InputException refusal) {
        told = Flags.told(refusal, command, line);
      }
      err.println("fdistill " + command.name() + ": " + told.getMessage());
      if (line != null && line.hasOption(DEBUG)) {
        e.printStackTrace(err);
      }
      return e instanceof WorkersEnded ended ? ended.code() : FAILED;
    }
  }

  /**
   * The flags and arguments that follow the command's name. Quotes are a value's own: a shell has
   * taken its away.
   *
   * @throws ParseException also where a flag has two values of which one would be passed over
   */
  static CommandLine parse(Command command, List<String> flags) throws ParseException {
    DefaultParser parser =
        DefaultParser.builder()
            .setAllowPartialMatching(false)
            .setStripLeadingAndTrailingQuotes(false)
            .build();
    CommandLine line = parser.parse(options(command), flags.toArray(String[]::new));
    Set<String> seen = new HashSet<>();
    for (Option option : line.getOptions()) {
      String name = option.getLongOpt();
      if (option.hasArg() && !seen.add(name) && !Flags.mayBeRepeated(option)) {
        throw new ParseException(
            "--" + name + " stands twice, and takes one value; leave out all but one");
      }
    }
    return line;
  }

  private static Options options(Command command) {
    return command
        .options()
        .addOption(Option.builder("h").longOpt("help").desc("this text").build())
        .addOption(
            Option.builder().longOpt(DEBUG).desc("show stack traces and debug lines").build());
  }
}
