package io.github.fdistill.files;

import io.github.fdistill.InputException;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How this program is started once more: the same Java, with the same class path, properties and
 * memory. A crash of TensorFlow's leaves no file in the working folder.
 */
public final class ChildJava {
  private static final boolean WINDOWS = File.separatorChar == '\\';

  /** Of this Java's flags, those that it is given too. */
  private static final List<String> KEPT =
      List.of("-D", "-Xmx", "-Xlog:", "-XX:MaxRAM", "-XX:TieredStopAtLevel=");

  /** The archive of the launcher's. */
  private static final String ARCHIVE = "-XX:SharedArchiveFile=";

  /**
   * Java 24 and newer warn of TensorFlow's natives and of protobuf, and are told of a class path by
   * flags, beside which they complain of an archive that was made without.
   */
  private static final boolean WARNS = Runtime.version().feature() >= 24;

  private static final List<String> UNWARNED =
      List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

  /** Of Java, in place of what this one or the environment was told to log. */
  private static final List<String> OWN_LOG = List.of("-Xlog:disable", "-Xlog:all=error:stderr");

  /** Variables that every Java takes flags from. */
  private static final List<String> ENVIRONMENT =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  private static final Pattern COLLECTOR = Pattern.compile("-XX:\\+Use\\w+GC\\b");

  private ChildJava() {}

  /**
   * A command line, without what follows the class.
   *
   * @param flags of Java, besides those that this one was started with
   */
  public static List<String> command(String mainClass, String... flags) {
    String java = WINDOWS ? "java.exe" : "java";
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", java).toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(ChildJava::isKept)
        .forEach(command::add);
    command.addAll(WARNS ? UNWARNED : List.of());
    // Who watches this Java at a port (JMX) watches no other: two cannot have the port.
    command.addAll(List.of("-Xshare:auto", "-XX:-UsePerfData", "-XX:-ManagementServer"));
    command.add("-XX:ErrorFile=" + (WINDOWS ? "NUL" : "/dev/null"));
    if (Boolean.getBoolean("fdistill.debug")) {
      command.add("-Dfdistill.debug=true");
    }
    command.addAll(beside(System.getenv(), flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    return command;
  }

  /** Whether a flag that this Java was started with is one of another's too. */
  static boolean isKept(String flag) {
    return KEPT.stream().anyMatch(flag::startsWith) || !WARNS && flag.startsWith(ARCHIVE);
  }

  /**
   * Refuses to start a program that has fdistill from elsewhere than Java's class path, such as one
   * jar with jars in it, a servlet container or a Maven plugin: a Java started here would not find
   * it.
   *
   * @throws InputException also with what can be done without
   */
  public static void requireOnClassPath() {
    requireOnClassPath(ClassLoader.getSystemClassLoader());
  }

  static void requireOnClassPath(ClassLoader loader) {
    if (loader.getResource(ChildJava.class.getName().replace('.', '/') + ".class") == null) {
      throw new InputException(
          "the class path of this Java",
          "no fdistill, which the program has from elsewhere",
          "fdistill and its libraries there: each version of a model gets a Java of its own",
          "start the program with java -cp 'FOLDER/*' rather than packed in one jar or by a"
              + " container, or start the server with Hosting.HERE, which loads models into this"
              + " process");
    }
  }

  /** The same of one whose standard output is an answer: what Java logs goes elsewhere. */
  public static List<String> answering(String mainClass, String... flags) {
    return command(
        mainClass, Stream.concat(Stream.of(flags), OWN_LOG.stream()).toArray(String[]::new));
  }

  /**
   * Flags beside those that an environment brings: where that chooses a collector of memory, none
   * of ours, for Java does not start with two.
   */
  static List<String> beside(Map<String, String> environment, String... flags) {
    boolean chosen =
        ENVIRONMENT.stream()
            .anyMatch(name -> COLLECTOR.matcher(environment.getOrDefault(name, "")).find());
    return Stream.of(flags).filter(flag -> !chosen || !COLLECTOR.matcher(flag).find()).toList();
  }
}
