package io.github.fdistill.pickle;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Python's pickle machine, for data: a stack, a memo, and an opcode a step. Of names it takes those
 * of {@link KnownNames}; what would be a call becomes a value or a record of the call. Texts become
 * String, whole numbers Long or BigInteger, others Double and Boolean, None null, and byte strings
 * {@link Bytes} that stay in the file.
 */
final class PickleMachine {
  private static final int NEWEST_PROTOCOL = 5;

  private static final int MOST_DIGITS = 16;
  private static final Object MARK = new Object();

  private final Bytes stream;
  private final UnaryOperator<Object> storages;
  private final Calls calls;
  private final List<Object> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private long at;

  /**
   * @param stream begins with the pickle, and may go on behind it
   * @param storages a value for what the pickle says lies outside of it
   * @param calls values for what would be calls, and what the file has taken so far
   */
  PickleMachine(Bytes stream, UnaryOperator<Object> storages, Calls calls) {
    this.stream = stream;
    this.storages = storages;
    this.calls = calls;
  }

  /** How many bytes the pickle has, once it was read. */
  long end() {
    return at;
  }

  /**
   * Reads the pickle.
   *
   * @throws InputException when it is none, is damaged, or holds what files of weights do not
   */
  Object run() {
    for (int op = unsignedByte(); op != '.'; op = unsignedByte()) {
      calls.spent().step();
      step(op);
    }
    if (stack.size() != 1 || !marks.isEmpty()) {
      throw wrong(stack.size() + " values at its end", "one");
    }
    return stack.get(0);
  }

  private void step(int op) {
    switch (op) {
      case 0x80 -> requireProtocol(unsignedByte());
      case 0x95 -> skip(8); // FRAME: how much follows; nothing depends on it.
      case '(' -> mark();
      case '0' -> pop();
      case '1' -> fromMark();
      case '2' -> push(top());
      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'I' -> push(numberOrTruth(line()));
      case 'J' -> push((long) (int) little(4));
      case 'K' -> push((long) unsignedByte());
      case 'M' -> push(little(2));
      case 0x8a -> push(whole(unsignedByte()));
      case 0x8b -> push(whole(little(4)));
      case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(little(8))));
      case 'T' -> push(textOrBytes(little(4)));
      case 'U' -> push(text(unsignedByte(), StandardCharsets.ISO_8859_1));
      case 'X' -> push(text(little(4), StandardCharsets.UTF_8));
      case 0x8c -> push(text(unsignedByte(), StandardCharsets.UTF_8));
      case 0x8d -> push(text(little(8), StandardCharsets.UTF_8));
      case 'B' -> push(bytes(little(4)));
      case 'C' -> push(bytes(unsignedByte()));
      case 0x8e, 0x96 -> push(bytes(little(8)));
      case 'p' -> memo.put((Long) number(line()), top());
      case 'q' -> memo.put((long) unsignedByte(), top());
      case 'r' -> memo.put(little(4), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'g' -> push(remembered((Long) number(line())));
      case 'h' -> push(remembered(unsignedByte()));
      case 'j' -> push(remembered(little(4)));
      default -> build(op);
    }
  }

  /** The opcodes that make values of those on the stack. */
  private void build(int op) {
    switch (op) {
      case ')', ']', 0x8f -> push(new PickleList(List.of()));
      case '}' -> push(new PickleDict());
      case 't', 'l', 0x91 -> push(new PickleList(fromMark()));
      case 0x85, 0x86, 0x87 -> push(new PickleList(last(op - 0x84)));
      case 'a' -> {
        List<Object> item = last(1);
        list(top()).add(item);
      }
      case 'e', 0x90 -> {
        List<Object> items = fromMark();
        list(top()).add(items);
      }
      case 'd' -> {
        List<Object> items = fromMark();
        PickleDict made = new PickleDict();
        setItems(made, items);
        push(made);
      }
      case 's' -> {
        List<Object> item = last(2);
        setItems(top(), item);
      }
      case 'u' -> {
        List<Object> items = fromMark();
        setItems(top(), items);
      }
      case 'c' -> push(known(line(), line()));
      case 0x93 -> {
        List<Object> both = last(2);
        push(known(word(both.get(0)), word(both.get(1))));
      }
      case 'R', 0x81 -> {
        Object arguments = pop();
        push(calls.make(name(pop()), list(arguments).items()));
      }
      case 0x92 -> {
        List<Object> both = last(2); // Arguments by place, and by name.
        push(calls.make(name(pop()), list(both.get(0)).items()));
      }
      case 'b' -> {
        Object state = pop();
        if (top() instanceof Made made) {
          made.state(state);
        } else if (!(top() instanceof PickleDict)) { // A dictionary's attributes are not needed.
          throw wrong("a state for " + described(top()), "a state of an object");
        }
      }
      case 'Q' -> push(storages.apply(pop()));
      case 'F', 'L', 'P', 'S', 'V', 'i', 'o' ->
          throw new InputException(
              stream.path().toString(),
              "in a pickle: opcode " + describedOp(op) + " of protocol 0 or 1",
              "protocol 2 to " + NEWEST_PROTOCOL,
              "pickle it anew in protocol 4");
      default ->
          throw wrong("opcode " + describedOp(op), "the opcodes that weights are saved with");
    }
  }

  private static String describedOp(int op) {
    return op > ' ' && op < 0x7f ? "'" + (char) op + "'" : String.format("0x%02x", op);
  }

  private void requireProtocol(int protocol) {
    if (protocol > NEWEST_PROTOCOL) {
      throw wrong("protocol " + protocol, "0 to " + NEWEST_PROTOCOL);
    }
  }

  private Name known(String module, String name) {
    Name found = new Name(module, name);
    if (!KnownNames.allow(found)) {
      throw new InputException(
          stream.path().toString(),
          "the pickle refers to " + found,
          "the names that files of weights hold; nothing was called",
          "do not load it elsewhere unless you trust who made it; ask for the weights as"
              + " safetensors");
    }
    return found;
  }

  private String word(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw wrong(described(value) + " in the place of a name", "names that are texts");
  }

  private Name name(Object value) {
    if (value instanceof Name name) {
      return name;
    }
    throw wrong("a call of " + described(value), "calls of names");
  }

  private PickleList list(Object value) {
    if (value instanceof PickleList list) {
      return list;
    }
    throw wrong(described(value) + " where a list belongs", "a list");
  }

  private void setItems(Object target, List<Object> items) {
    if (!(target instanceof PickleDict dict) || items.size() % 2 != 0) {
      throw wrong("items for " + described(target), "keys and values for a dictionary");
    }
    for (int i = 0; i < items.size(); i += 2) {
      dict.put(key(items.get(i)), items.get(i + 1));
    }
  }

  /** A byte string is a key as the text is that it may be. */
  private Object key(Object value) {
    Optional<String> name = PickleText.of(value);
    if (value instanceof Bytes) {
      calls.spent().text(name.map(String::length).orElse(0));
    }
    return name.isPresent() ? name.get() : value;
  }

  private static String described(Object value) {
    return value == null ? "None" : value.getClass().getSimpleName();
  }

  private void push(Object value) {
    stack.add(value);
  }

  private void mark() {
    marks.push(stack.size());
    stack.add(MARK);
  }

  private Object top() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw wrong("an empty stack", "a value for each step");
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  private List<Object> last(int count) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(0, pop());
    }
    return values;
  }

  private List<Object> fromMark() {
    if (marks.isEmpty()) {
      throw wrong("the end of a list without a beginning", "a mark before it");
    }
    int from = marks.pop();
    List<Object> tail = stack.subList(from, stack.size());
    List<Object> values = new ArrayList<>(tail.subList(1, tail.size()));
    tail.clear();
    return values;
  }

  private Object remembered(long index) {
    if (!memo.containsKey(index)) {
      throw wrong("the value " + index + " again, which was not there", "values of its own");
    }
    return memo.get(index);
  }

  private void skip(long count) {
    require(count);
    at += count;
  }

  private void require(long count) {
    if (count < 0 || count > stream.size() - at) {
      throw wrong(
          Long.toUnsignedString(count) + " bytes at byte " + at + " of " + stream.size(),
          "a pickle that is whole");
    }
  }

  private int unsignedByte() {
    require(1);
    return stream.unsignedByte(at++);
  }

  /** An unsigned little-endian number; one of 8 bytes above 2^63 - 1 becomes negative. */
  private long little(int width) {
    require(width);
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= (long) stream.unsignedByte(at++) << 8 * i;
    }
    return value;
  }

  /** A signed little-endian number of so many bytes. */
  private Object whole(long width) {
    require(width);
    if (width > MOST_DIGITS) {
      throw wrong("a whole number of " + width + " bytes", "no more than " + MOST_DIGITS);
    }
    byte[] digits = new byte[(int) width + 1];
    for (int i = 0; i < width; i++) {
      digits[(int) width - i] = (byte) unsignedByte();
    }
    if (width > 0 && digits[1] < 0) {
      digits[0] = -1;
    }
    BigInteger value = new BigInteger(digits);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private Bytes bytes(long count) {
    require(count);
    at += count;
    return stream.slice(at - count, count);
  }

  /** What Python 2 wrote of a str: of a long one the bytes of an array, and no text. */
  private Object textOrBytes(long count) {
    return count > PickleText.LONGEST ? bytes(count) : text(count, StandardCharsets.ISO_8859_1);
  }

  private String text(long count, Charset charset) {
    calls.spent().text(count);
    require(count);
    at += count;
    return new String(stream.array(at - count, (int) count), charset);
  }

  /** Up to the next line feed, which is left out. */
  private String line() {
    StringBuilder line = new StringBuilder();
    for (int next = unsignedByte(); next != '\n'; next = unsignedByte()) {
      line.append((char) next);
      if (line.length() > 1000) {
        throw wrong("a line of more than 1000 characters", "names and numbers");
      }
    }
    return line.toString();
  }

  /** What protocols 0 and 1 write of a whole number, and of False and True as 00 and 01. */
  private Object numberOrTruth(String line) {
    return line.equals("00") || line.equals("01") ? (Object) line.equals("01") : number(line);
  }

  private Object number(String line) {
    if (!line.matches("-?[0-9]{1,18}")) {
      throw wrong("'" + line.strip() + "' for a whole number", "a whole number");
    }
    return Long.valueOf(line);
  }

  private InputException wrong(String found, String needed) {
    return new InputException(
        stream.path().toString(),
        "in a pickle: " + found,
        needed,
        "it is no pickle of weights, or is damaged: download or copy it again");
  }
}
