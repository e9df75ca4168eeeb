package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import java.io.PrintStream;
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

  private static final List<Command> COMMANDS =
      List.of(new TrainCommand(), new PretrainCommand(), new SampleCommand());

  private Main() {}

  public static void main(String[] args) {
    // JavaCPP would stop every run at four times the Java heap; TensorFlow's memory is not in it.
    System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxbytes", "0");
    System.setProperty("java.awt.headless", "true");
    if (Arrays.asList(args).contains("--debug")) {
      System.setProperty("fdistill.debug", "true");
    }
    int code = run(List.of(args), System.out, System.err);
    if (code != DONE) {
      System.exit(code);
    }
  }

  /** Runs a command line; returns the exit code. */
  static int run(List<String> words, PrintStream out, PrintStream err) {
    if (words.isEmpty() || List.of("--help", "-h", "help").contains(words.get(0))) {
      out.print(Help.overview(COMMANDS));
      return words.isEmpty() ? USAGE : DONE;
    }
    if (words.get(0).equals("--version")) {
      out.println("fdistill " + version());
      return DONE;
    }
    Command command =
        COMMANDS.stream().filter(c -> c.name().equals(words.get(0))).findFirst().orElse(null);
    if (command == null) {
      err.println("fdistill: no command '" + words.get(0) + "'\n\n" + Help.overview(COMMANDS));
      return USAGE;
    }
    return run(command, words, out, err);
  }

  private static int run(Command command, List<String> words, PrintStream out, PrintStream err) {
    Options options = withCommon(command.options());
    boolean debug = words.contains("--debug");
    try {
      String[] flags = words.subList(1, words.size()).toArray(String[]::new);
      CommandLine line =
          DefaultParser.builder().setAllowPartialMatching(false).build().parse(options, flags);
      if (line.hasOption("help")) {
        out.print(Help.of(command, options));
        return DONE;
      }
      refuseLeftovers(command, line);
      command.run(line, words);
      return DONE;
    } catch (ParseException e) {
      err.println("fdistill " + command.name() + ": " + e.getMessage());
      err.println("  see: fdistill " + command.name() + " --help");
      return USAGE;
    } catch (InputException e) {
      err.println("fdistill " + command.name() + ": " + e.getMessage());
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
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  private static void refuseLeftovers(Command command, CommandLine line) throws ParseException {
    if (command.arguments().isEmpty() && !line.getArgList().isEmpty()) {
      throw new ParseException("unexpected argument '" + line.getArgList().get(0) + "'");
    }
  }

  private static Options withCommon(Options own) {
    return own.addOption(Option.builder("h").longOpt("help").desc("this text").build())
        .addOption(
            Option.builder().longOpt("debug").desc("show stack traces and debug lines").build());
  }

  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }
}
