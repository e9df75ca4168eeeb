package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The ops that a SavedModel may hold, whoever made it and whatever it is used for: those that
 * networks, their exports and the saving of their variables are made of. Everything else is
 * refused, also what TensorFlow calls stateless: some of those ops end the process when a shape
 * does not fit.
 */
public final class AllowedOps {

  /** Where an op may stand; each place allows what the places before it allow. */
  public enum Place {
    /** In a network, which is a pure function of numbers. */
    NETWORK("which networks are not made of"),
    /** In what a request runs, or the loader when the model is initialised. */
    REQUEST("which does more than networks do"),
    /** In what the loader runs to give the variables their values. */
    RESTORE("which reads a checkpoint or sets a variable"),
    /** In what nobody runs: the saving of a model that is only loaded. */
    IDLE("which writes a checkpoint, or belongs to that");

    private final String elsewhere;

    Place(String elsewhere) {
      this.elsewhere = elsewhere;
    }

    /** What to say of an op that may stand here, where it stands in a place that is stricter. */
    String elsewhere() {
      return elsewhere;
    }
  }

  private static final String ELEMENT_BY_ELEMENT =
      """
      Abs Acos Acosh Add AddV2 Asin Asinh Atan Atan2 Atanh Cast Ceil ClipByValue Cos Cosh Div
      DivNoNan Elu Equal Erf Erfc Exp Expm1 Floor FloorDiv FloorMod Greater GreaterEqual Inv
      IsFinite IsInf IsNan LeakyRelu Less LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr
      Maximum Minimum Mod Mul MulNoNan Neg NotEqual Pow RealDiv Reciprocal Relu Relu6 Rint Round
      Rsqrt Select SelectV2 Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Square
      SquaredDifference Sub Tan Tanh TruncateDiv TruncateMod Xdivy Xlog1py Xlogy
      BesselI0 BesselI0e BesselI1 BesselI1e Digamma Erfinv Lgamma Ndtri
      AccumulateNV2 AddN BitwiseAnd BitwiseOr BitwiseXor Invert LeftShift RightShift Bitcast
      """;

  private static final Set<String> EACH_ELEMENT =
      Stream.of(ELEMENT_BY_ELEMENT.strip().split("\\s+"))
          .filter(op -> !op.equals("Bitcast"))
          .collect(Collectors.toUnmodifiableSet());

  private static final String SUMS_AND_PRODUCTS =
      """
      All Any ArgMax ArgMin Cumprod Cumsum EuclideanNorm L2Loss Max Mean Min Prod Sum
      BatchMatMul BatchMatMulV2 BatchMatMulV3 Einsum MatMul
      """;

  private static final String LAYERS =
      """
      AvgPool BiasAdd BiasAddV1 Conv2D Conv2DBackpropInput DepthwiseConv2dNative
      FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 LogSoftmax MaxPool MaxPoolV2
      ResizeArea ResizeBicubic ResizeBilinear ResizeNearestNeighbor ScaleAndTranslate Softmax
      """;

  private static final String SHAPES =
      """
      BatchToSpace BatchToSpaceND BroadcastArgs BroadcastTo Concat ConcatOffset ConcatV2
      ConjugateTranspose DepthToSpace EnsureShape ExpandDims ExtractImagePatches Fill Gather
      GatherNd GatherV2 InvertPermutation LinSpace MatrixBandPart MatrixDiag MatrixDiagV3
      MirrorPad OneHot OnesLike Pack Pad PadV2 Range Rank Reshape Reverse ReverseV2 Roll ScatterNd
      Shape ShapeN Size Slice SpaceToBatch SpaceToBatchND SpaceToDepth Split SplitV Squeeze
      StridedSlice Tile Transpose Unpack ZerosLike
      """;

  private static final String RANDOM_NUMBERS =
      """
      StatelessRandomGetAlg StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg
      StatelessRandomNormal StatelessRandomNormalV2 StatelessRandomUniform
      StatelessRandomUniformFullInt StatelessRandomUniformFullIntV2 StatelessRandomUniformInt
      StatelessRandomUniformIntV2 StatelessRandomUniformV2 StatelessTruncatedNormal
      StatelessTruncatedNormalV2
      """;

  /** Of no seed that is an input: what a run makes of them could not be made again. */
  private static final String DRAWS =
      "RandomStandardNormal RandomUniform RandomUniformInt TruncatedNormal";

  private static final String VALUES =
      """
      CheckNumerics CheckNumericsV2 Const Identity IdentityN NoOp Placeholder PlaceholderV2
      PlaceholderWithDefault PreventGradient Snapshot StopGradient
      """;

  /** Pictures, variables that are read, and functions, whose bodies are looked at as well. */
  private static final String IN_REQUESTS =
      """
      EncodeJpeg EncodePng
      ReadVariableOp ResourceGather VarHandleOp Variable VariableV2
      Assert Case If Merge PartitionedCall StatefulPartitionedCall StatelessCase StatelessIf
      StatelessWhile Switch While
      """;

  private static final String RESTORING = "Assign AssignVariableOp RestoreV2";

  private static final String SAVING =
      """
      MergeV2Checkpoints SaveV2 ShardedFilename StaticRegexFullMatch StringJoin
      AssignAddVariableOp AssignSubVariableOp DisableCopyOnRead IsVariableInitialized
      VarIsInitializedOp
      """;

  private static final Map<String, Place> PLACES = new HashMap<>();

  static {
    for (String group :
        new String[] {
          ELEMENT_BY_ELEMENT, SUMS_AND_PRODUCTS, LAYERS, SHAPES, RANDOM_NUMBERS, VALUES
        }) {
      add(group, Place.NETWORK);
    }
    add(IN_REQUESTS, Place.REQUEST);
    add(DRAWS, Place.REQUEST);
    add(RESTORING, Place.RESTORE);
    add(SAVING, Place.IDLE);
  }

  private AllowedOps() {}

  private static void add(String names, Place place) {
    for (String name : names.strip().split("\\s+")) {
      PLACES.put(name, place);
    }
  }

  /** The strictest place that an op may stand in; none where it is refused everywhere. */
  public static Optional<Place> of(String op) {
    return Optional.ofNullable(PLACES.get(op));
  }

  /** Whether an op draws numbers that nothing but chance decides. */
  static boolean draws(String op) {
    return List.of(DRAWS.split(" ")).contains(op);
  }

  /** Whether an op computes each element of those of its inputs; a Bitcast has others. */
  static boolean isElementByElement(String op) {
    return EACH_ELEMENT.contains(op);
  }

  /** All of them. */
  public static Set<String> names() {
    return Set.copyOf(PLACES.keySet());
  }
}
