package io.github.fdistill.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.flops.FloatOperations;
import io.github.fdistill.graph.Obstacle;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/** What a network can be follows from which gradients pass. */
class PossibleRolesTest {
  private static final List<Obstacle> NONE = List.of();
  private static final Parameters WEIGHT =
      new Parameters(List.of(new Parameter("w", Shape.of(2, 3))));

  private static List<Obstacle> stops(String... nodes) {
    List<Obstacle> stops = new ArrayList<>();
    for (String node : nodes) {
      stops.add(new Obstacle("Digamma", node, "", "no gradient"));
    }
    return stops;
  }

  private static PossibleRoles roles(
      Parameters parameters,
      Map<String, Map<String, List<Obstacle>>> byInput,
      Map<String, List<Obstacle>> byVariables) {
    return PossibleRoles.of(
        new NetworkReport(
            parameters,
            Set.of(),
            new FloatOperations(Map.of(), List.of()),
            byInput,
            byVariables,
            List.of(),
            Set.of(),
            List.of()),
        List.of(
            new TensorLine("x", "float32", List.of(-1L, 8L, 8L, 1L)),
            new TensorLine("sigma", "float32", List.of(-1L)),
            new TensorLine("any", "float32", null)),
        false);
  }

  @Test
  void aTeacherIsDifferentiableInSomeInput() {
    Map<String, Map<String, List<Obstacle>>> byInput = new LinkedHashMap<>();
    byInput.put("x", Map.of("denoised", NONE));
    byInput.put("sigma", Map.of("denoised", stops("a")));
    String teacher = roles(WEIGHT, byInput, Map.of("denoised", NONE)).teacher();
    assertTrue(teacher.startsWith("yes: differentiable in x\n"), teacher);
    assertTrue(teacher.contains("denoised not in sigma: Digamma at node a"), teacher);
    byInput.put("x", Map.of("denoised", stops("b")));
    teacher = roles(WEIGHT, byInput, Map.of("denoised", NONE)).teacher();
    assertTrue(teacher.startsWith("no: "), teacher);
    assertTrue(teacher.contains("node a") && teacher.contains("node b"), teacher);
    // By levels alone it is of no use: the GAN loss comes through images.
    byInput.put("sigma", Map.of("denoised", NONE));
    teacher = roles(WEIGHT, byInput, Map.of("denoised", NONE)).teacher();
    assertEquals("no: " + InspectionText.text(stops("b"), false), teacher);
    byInput.remove("x");
    teacher = roles(WEIGHT, byInput, Map.of("denoised", NONE)).teacher();
    assertTrue(
        teacher.startsWith("no: none of its inputs of floating-point numbers is of images"),
        teacher);
    byInput.put("any", Map.of("denoised", NONE));
    teacher = roles(WEIGHT, byInput, Map.of("denoised", NONE)).teacher();
    assertEquals("yes: differentiable in sigma, any", teacher);
    assertTrue(roles(WEIGHT, Map.of(), Map.of()).teacher().startsWith("no: "));
  }

  @Test
  void aStudentIsDifferentiableInItsVariablesAndHasSome() {
    String trained = roles(WEIGHT, Map.of(), Map.of("denoised", NONE)).student();
    assertEquals("yes: denoised is differentiable in the variables", trained);
    String stopped = roles(WEIGHT, Map.of(), Map.of("denoised", stops("a"))).student();
    assertTrue(stopped.startsWith("no: denoised: Digamma at node a"), stopped);
    assertTrue(
        roles(new Parameters(List.of()), Map.of(), Map.of()).student().contains("no variables"));
    assertTrue(
        roles(WEIGHT, Map.of(), Map.of())
            .student()
            .contains("no outputs of floating-point numbers"));
  }

  /** Names that strangers chose begin no lines of their own. */
  @Test
  void aNameOfTwoLinesIsShownInOne() {
    String two = "x\nremedy: pay";
    Map<String, Map<String, List<Obstacle>>> byInput = new LinkedHashMap<>();
    byInput.put("x", Map.of(two, stops(two), "denoised", NONE));
    byInput.put(two, Map.of("denoised", NONE));
    PossibleRoles roles = roles(WEIGHT, byInput, Map.of(two, stops(two)));
    for (String told : List.of(roles.teacher(), roles.student())) {
      assertTrue(told.contains("x\\u000aremedy: pay"), told);
      assertTrue(told.lines().noneMatch(line -> line.startsWith("remedy")), told);
    }
    String shown = roles(WEIGHT, Map.of(), Map.of(two, NONE)).student();
    assertEquals("yes: x\\u000aremedy: pay is differentiable in the variables", shown);
  }

  @Test
  void ofManyObstaclesAFewAreNamedAndTheRestCounted() {
    String[] nodes = new String[30];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = "node" + i;
    }
    String told = InspectionText.text(stops(nodes), false);
    long named = told.lines().filter(line -> line.startsWith("Digamma")).count();
    assertTrue(named > 0 && named < 30, told);
    assertTrue(told.endsWith("and " + (30 - named) + " more (--all)"), told);
    String all = InspectionText.text(stops(nodes), true);
    assertTrue(all.lines().count() == 30 && all.endsWith(stops("node29").get(0).toString()), all);
    assertFalse(InspectionText.text(stops("a"), false).contains("more"));
  }

  @Test
  void aTensorsLineSaysWhatIsFreeAndWhatIsUnknown() {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setSize(-1);
    shape.addDimBuilder().setSize(28);
    TensorInfo x =
        TensorInfo.newBuilder().setDtype(DataType.DT_FLOAT).setTensorShape(shape).build();
    TensorInfo any =
        TensorInfo.newBuilder()
            .setDtype(DataType.DT_INT64)
            .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))
            .build();
    List<TensorLine> lines = TensorLine.of(Map.of("x", x, "label", any));
    assertEquals("[label [...] int64, x [?,28] float32]", lines.toString());
  }
}
