package io.github.fdistill;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.google.gson.Gson;
import com.google.gson.stream.JsonReader;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;

/**
 * The rooms stand on lines: a room uses rooms on lower lines only, and none beside it. Every room
 * may use the root package.
 */
@AnalyzeClasses(
    packagesOf = InputException.class,
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.github.fdistill";

  /** From the lowest line to the highest. A new room needs a place here. */
  static final List<List<String>> LINES =
      List.of(
          List.of("device", "flops", "files"),
          List.of("expr", "condition", "config", "graph", "wire"),
          List.of("savedmodel", "tensors"),
          List.of("text", "pickle"),
          List.of(
              "diffusion",
              "divergence",
              "optim",
              "data",
              "journal",
              "report",
              "doctor",
              "onnx",
              "workers"),
          List.of("network"),
          List.of("sampling", "imports"),
          List.of("training", "serving", "evaluation", "inspect", "hosting"),
          List.of("run", "server", "client"),
          List.of("bench", "study"),
          List.of("cli"));

  @ArchTest static final ArchRule roomsUseOnlyRoomsOnLowerLines = lines();

  @ArchTest
  static final ArchRule everyClassIsInARoom =
      ArchRuleDefinition.classes()
          .that()
          .resideOutsideOfPackage(ROOT)
          .should()
          .resideInAnyPackage(packages(LINES.stream().flatMap(List::stream).toList()));

  @ArchTest
  static final ArchRule theRootPackageUsesNoRoom =
      ArchRuleDefinition.noClasses()
          .that()
          .resideInAPackage(ROOT)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + ".*..");

  /** Else {@code --device} would not hold for it. */
  @ArchTest
  static final ArchRule everySessionIsOpenedInTheRoomOfDevices =
      ArchRuleDefinition.noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".device..")
          .should()
          .callCodeUnitWhere(target(owner(type(Session.class))).and(target(name("<init>"))))
          .orShould()
          .callCodeUnitWhere(
              target(owner(type(SavedModelBundle.class))).and(target(nameMatching("load|loader"))));

  /** Else an interrupt could break Log4j, and whatever logs, when it is first used. */
  @ArchTest
  static final ArchRule loggersAreMadeByLogs =
      ArchRuleDefinition.noClasses()
          .that()
          .doNotHaveSimpleName("Logs")
          .should()
          .callCodeUnitWhere(target(owner(type(LogManager.class))));

  /** Who uses this as a library says itself what is printed, and when the JVM ends. */
  @ArchTest
  static final ArchRule onlyCommandsPrintAndEndTheJvm =
      ArchRuleDefinition.noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".cli..")
          .and()
          .doNotHaveSimpleName("TerminalLine")
          .and()
          .doNotHaveSimpleName("StopSignal")
          .and()
          .doNotHaveSimpleName("ModelMain")
          .and()
          .doNotHaveSimpleName("HashProcess")
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err")
          .orShould()
          .callMethod(System.class, "exit", int.class)
          .orShould()
          .callMethod(Runtime.class, "addShutdownHook", Thread.class);

  @ArchTest
  static final ArchRule onlyCommandsListenToSignals =
      ArchRuleDefinition.noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".cli..")
          .and()
          .doNotHaveSimpleName("StopSignal")
          .should()
          .dependOnClassesThat()
          .haveSimpleName("StopSignal");

  /** Else JavaCPP might load TensorFlow before it has this program's settings. */
  @ArchTest
  static final ArchRule tensorFlowIsFirstTouchedInTheRoomOfDevices =
      ArchRuleDefinition.noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + ".device..", ROOT + ".flops..")
          .should()
          .callCodeUnitWhere(target(owner(type(Graph.class))).and(target(name("<init>"))))
          .orShould()
          .callCodeUnitWhere(target(owner(type(TensorFlow.class))));

  /** Scopes of TensorFlow Java's own names look at the whole graph each time. */
  @ArchTest
  static final ArchRule nodesAreNamedByNodeNames =
      ArchRuleDefinition.noClasses()
          .that()
          .doNotHaveSimpleName("NodeNames")
          .should()
          .callCodeUnitWhere(target(owner(type(Ops.class))).and(target(name("create"))));

  /**
   * A clock may jump: durations are by System.nanoTime, and nothing else asks for the time. (The
   * times of files stand against those that the same files had or their folder has, not against
   * now.)
   */
  @ArchTest
  static final ArchRule onlyTheRecordAndTheEventsSayWhatTimeItIs =
      ArchRuleDefinition.noClasses()
          .that()
          .doNotHaveSimpleName("RunRecord")
          .and()
          .doNotHaveSimpleName("EventLog")
          .and()
          .doNotHaveSimpleName("FolderStamp")
          .and()
          .doNotHaveSimpleName("FileStamp")
          .and()
          .doNotHaveSimpleName("Temporaries")
          .and()
          .doNotHaveSimpleName("WholeFolders")
          .and()
          .doNotHaveSimpleName("RestHandler") // HTTP wants the time of each answer.
          .should()
          .callCodeUnitWhere(
              target(owner(resideInAPackage("java.time..")))
                  .and(target(nameMatching("now|system.*"))))
          .orShould()
          .callCodeUnitWhere(target(nameMatching("currentTimeMillis|(get|set)?[lL]astModified.*")))
          .orShould()
          .callCodeUnitWhere(target(owner(type(Date.class))).and(target(name("<init>"))));

  /**
   * What may come from anywhere is opened as {@code RegularFile} opens it, and read no further than
   * its kind may be long. The system's own files are no such.
   */
  @ArchTest
  static final ArchRule filesAreReadWithinBounds =
      ArchRuleDefinition.noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + ".files..", ROOT + ".doctor..")
          .and()
          .haveNameNotMatching(
              ".*[.](DeviceInWords|OneCore|Processor|ProcessorTime|ResidentMemory"
                  + "|RunRecord|SecondStart|SystemMemory)")
          .should()
          .callCodeUnitWhere(
              target(owner(type(Files.class)))
                  .and(
                      target(
                          nameMatching("read(AllBytes|AllLines|String)|lines|new(Input|Buff).*"))));

  /** JSON is read to its end, where nothing may follow. */
  @ArchTest
  static final ArchRule jsonIsReadAsWholeDocuments =
      ArchRuleDefinition.noClasses()
          .that()
          .doNotHaveSimpleName("WholeJson")
          .should()
          .callCodeUnitWhere(target(owner(type(JsonReader.class))).and(target(name("<init>"))))
          .orShould()
          .dependOnClassesThat()
          .haveSimpleName("JsonParser")
          .orShould()
          .callCodeUnitWhere(target(owner(type(Gson.class))).and(target(name("fromJson"))));

  /** What a network is stands apart from how it is read, and what it is trained with from how. */
  @ArchTest
  static final ArchRule aStudentIsNoOneKindOfModel =
      ArchRuleDefinition.noClasses()
          .that()
          .haveSimpleName("StudentModel")
          .should()
          .dependOnClassesThat()
          .haveNameMatching(".*[.](DenoiserModel|GeneratorModel|SavedModel)");

  @ArchTest
  static final ArchRule nothingInItsRoomKnowsTheDistillation =
      ArchRuleDefinition.noClasses()
          .that()
          .resideInAPackage(ROOT + ".training")
          .and()
          .haveNameNotMatching(".*[.]Distillation([$].*)?")
          .should()
          .dependOnClassesThat()
          .haveSimpleName("Distillation");

  private static ArchRule lines() {
    LayeredArchitecture rooms = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (List<String> line : LINES) {
      for (String room : line) {
        rooms = rooms.optionalLayer(room).definedBy(ROOT + "." + room + "..");
      }
    }
    List<String> lower = new ArrayList<>();
    for (List<String> line : LINES) {
      for (String room : line) {
        rooms =
            lower.isEmpty()
                ? rooms.whereLayer(room).mayNotAccessAnyLayer()
                : rooms.whereLayer(room).mayOnlyAccessLayers(lower.toArray(String[]::new));
      }
      lower.addAll(line);
    }
    return rooms;
  }

  private static String[] packages(List<String> rooms) {
    return rooms.stream().map(room -> ROOT + "." + room + "..").toArray(String[]::new);
  }
}
