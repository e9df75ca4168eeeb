package io.github.fdistill.client;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.files.Heap;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** A served student, over one of the two protocols. May be asked by several threads at once. */
public interface ModelClient extends AutoCloseable {

  /** Of an answer, at most: it becomes up to four times as much on its way to images. */
  int MOST_BYTES = (int) Math.min(1 << 30, Heap.most() / 4);

  /** For a connection, at most; less than for an answer, so that one can tell them apart. */
  Duration CONNECTING = Duration.ofSeconds(10);

  /** How long a connection is waited for, where an answer is for so long. */
  static Duration connecting(Duration patience) {
    Duration half = patience.dividedBy(2);
    return half.compareTo(CONNECTING) < 0 ? half : CONNECTING;
  }

  /**
   * What is said where there is no connection.
   *
   * @return none, where that is not why
   */
  static Optional<String> noConnection(Throwable why) {
    String because =
        why instanceof ConnectTimeoutException // One of the next kind.
            ? "the host does not answer"
            : why instanceof ConnectException
                ? "nobody listens there"
                : why instanceof UnknownHostException ? "no such host" : null;
    return Optional.ofNullable(because).map(text -> "cannot be reached (" + text + ")");
  }

  /**
   * PNGs of the student, one for each seed.
   *
   * @param conditions of each, all that the student takes
   * @throws ServerError when the server refuses, fails or cannot be reached
   */
  List<byte[]> png(long[] seeds, ConditionRows conditions);

  /**
   * What a request for PNGs holds, as the server says: each input by its name.
   *
   * @throws ServerError when it does not say, or cannot be reached
   * @throws InputException when the model makes fewer steps than are asked of it
   */
  Map<String, Input> inputs();

  /**
   * An input.
   *
   * @param shape of all rows, -1 where any number will do
   */
  record Input(DataType type, Shape shape) {
    /** The condition that it may be: whole or other numbers of 32 bits, of a fixed shape a row. */
    public Optional<Conditioning.Input> condition(String name) {
      boolean numbers = type == DataType.DT_INT32 || type == DataType.DT_FLOAT;
      if (!numbers || shape.numDimensions() < 1) {
        return Optional.empty();
      }
      Shape each = shape.tail();
      return Arrays.stream(each.asArray()).allMatch(size -> size > 0)
          ? Optional.of(new Conditioning.Input(name, type, each, List.of()))
          : Optional.empty();
    }
  }

  /**
   * Refuses a model without pictures, or without so many steps, whatever else it is asked.
   *
   * @param signatures that it has, as the server says; none where it does not say
   * @return the signature that makes them; a model of one step has none for a count of steps
   */
  static String requirePictures(Set<String> signatures, Which which) {
    if (signatures.isEmpty() || signatures.contains(which.signature())) {
      return which.signature();
    }
    if (!signatures.contains(Which.PNG)) {
      String has = "makes no PNGs: its signatures are ";
      throw new ServerError(
          has + String.join(", ", new TreeSet<>(signatures)), Remedy.PICTURES, null);
    }
    int steps = 1;
    while (signatures.contains(which.inSteps(steps + 1).signature())) {
      steps++;
    }
    int asked = which.steps().orElseThrow();
    if (asked > 1 || steps > 1) {
      throw StudentSteps.refused("steps", asked, steps);
    }
    return Which.PNG;
  }

  /** Those of the inputs of a request that are conditions. */
  static Conditioning conditioning(Map<String, Input> inputs) {
    List<Conditioning.Input> conditions = new ArrayList<>();
    inputs.forEach((name, input) -> input.condition(name).ifPresent(conditions::add));
    return new Conditioning(conditions);
  }

  /** Ends connections and threads; whoever waits for an answer is told that there is none. */
  @Override
  void close();

  /** An answer that is an error, or none. */
  final class ServerError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final int LONGEST = 1_000;

    /** As TensorFlow Serving says it. */
    private static final Pattern TOO_MANY_ROWS =
        Pattern.compile("larger than maximum input batch size (\\d+)");

    private final Remedy remedy;

    ServerError(String message, Remedy remedy, Throwable cause) {
      super(printable(message), cause);
      this.remedy = remedy;
    }

    /** Of what is no server of this model. */
    ServerError(String message, Throwable cause) {
      this(message, Remedy.SERVER, cause);
    }

    /** What answers on the port may be anything, and its answer goes to a terminal. */
    private static String printable(String message) {
      String text = message.replaceAll("\\p{Cntrl}", "?");
      return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }

    /**
     * The same, as a user is told.
     *
     * @param which was asked
     */
    public InputException asInputException(String server, Which which) {
      Matcher tooMany = TOO_MANY_ROWS.matcher(getMessage());
      return tooMany.find()
          ? new InputException(
              server,
              getMessage(),
              Remedy.ROOM.needed,
              Remedy.ROOM.text + " " + tooMany.group(1),
              this)
          : new InputException(server, getMessage(), remedy.needed, remedy.text(which), this);
    }
  }
}
