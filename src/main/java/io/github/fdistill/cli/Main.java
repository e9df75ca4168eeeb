package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Spelling;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.run.Workspace;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.util.Arrays;
import java.util.List;
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

  static final List<Command> COMMANDS =
      List.of(
          new InitCommand(),
          new TrainCommand(),
          new PretrainCommand(),
          new DataCommand(),
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

  private Main() {}

  public static void main(String[] args) {
    System.setProperty("java.awt.headless", "true");
    if (Arrays.asList(args).contains("--debug")) {
      System.setProperty("fdistill.debug", "true");
    }
    int code = run(List.of(args), Workspace.here(), System.out, System.err);
    if (code != DONE) {
      System.exit(code);
    }
  }

  /** Runs a command line; returns the exit code. */
  static int run(List<String> words, Workspace workspace, PrintStream out, PrintStream err) {
    if (words.isEmpty() || List.of("--help", "-h", "help").contains(words.get(0))) {
      out.print(Help.overview(COMMANDS));
      return words.isEmpty() ? USAGE : DONE;
    }
    if (words.get(0).equals("--version")) {
      out.print(Versions.text());
      return DONE;
    }
    Command command =
        COMMANDS.stream().filter(c -> c.name().equals(words.get(0))).findFirst().orElse(null);
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

  private static int run(
      Command command, List<String> words, Workspace workspace, PrintStream out, PrintStream err) {
    boolean debug = words.contains("--debug");
    CommandLine line = null;
    try {
      line = parse(command, words.subList(1, words.size()));
      if (line.hasOption("help")) {
        out.print(Help.of(command, options(command)));
        return DONE;
      }
      try (Sessions.Hold device = DeviceFlag.apply(line)) {
        command.arguments().require(line.getArgList());
        command.run(line, words, workspace, out);
      }
      return DONE;
    } catch (ParseException e) {
      err.println("fdistill " + command.name() + ": " + e.getMessage());
      err.println("  see: fdistill " + command.name() + " --help");
      return USAGE;
    } catch (InputException e) {
      err.println(
          "fdistill "
              + command.name()
              + ": "
              + (line == null ? e : Flags.told(e, line)).getMessage());
      return failed(e, debug, err);
    } catch (FileSystemException e) {
      err.println("fdistill " + command.name() + ": " + DiskRefusal.refusal(e).getMessage());
      return failed(e, debug, err);
    } catch (Exception | OutOfMemoryError | LinkageError e) {
      err.println("fdistill " + command.name() + ": " + describe(e));
      if (!debug) {
        err.println("  run again with --debug for the stack trace");
      }
      return failed(e, debug, err);
    }
  }

  private static int failed(Throwable e, boolean debug, PrintStream err) {
    if (debug) {
      e.printStackTrace(err);
    }
    return FAILED;
  }

  private static String describe(Throwable e) {
    // A library that could not be loaded is told of by whoever tried first.
    Throwable told = e instanceof LinkageError && e.getCause() != null ? e.getCause() : e;
    return told.getClass().getSimpleName() + ": " + told.getMessage();
  }

  /** The flags and arguments that follow the command's name. */
  static CommandLine parse(Command command, List<String> flags) throws ParseException {
    DefaultParser parser = DefaultParser.builder().setAllowPartialMatching(false).build();
    return parser.parse(options(command), flags.toArray(String[]::new));
  }

  private static Options options(Command command) {
    return command
        .options()
        .addOption(Option.builder("h").longOpt("help").desc("this text").build())
        .addOption(
            Option.builder().longOpt("debug").desc("show stack traces and debug lines").build());
  }
}
