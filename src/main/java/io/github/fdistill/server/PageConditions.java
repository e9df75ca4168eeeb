package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionText;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.data.Tokenizers;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.wire.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;

/** What a served model is conditioned on, and what a query of the page says of it. */
final class PageConditions {
  /** In a query, the label goes by this name. */
  private static final String CLASS = "class";

  /** In a query, what the class is called beside its number. */
  private static final String CLASS_NAME = "class-name";

  private PageConditions() {}

  /**
   * The inputs of a signature that are conditions.
   *
   * @param own the inputs that are none, such as seed
   * @param classes how many the model knows; 0 or less where it does not say
   * @return empty where an input can be no condition: the page cannot ask the model
   */
  static Optional<Conditioning> of(Signature signature, Set<String> own, int classes) {
    List<Conditioning.Input> inputs = new ArrayList<>();
    for (Map.Entry<String, TensorInfo> input : signature.inputs().entrySet()) {
      if (!own.contains(input.getKey())) {
        TensorInfo info = input.getValue();
        long[] dims =
            info.getTensorShape().getDimList().stream().mapToLong(d -> d.getSize()).toArray();
        if (dims.length == 0) {
          return Optional.empty();
        }
        try {
          inputs.add(input(input.getKey(), info.getDtype(), Shape.of(dims).tail(), classes));
        } catch (InputException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(new Conditioning(inputs));
  }

  private static Conditioning.Input input(String name, DataType type, Shape each, int classes) {
    Conditioning.Input label = Conditioning.label(classes);
    Conditioning.Input input = new Conditioning.Input(name, type, each, List.of());
    return new Conditioning(List.of(input)).isLike(new Conditioning(List.of(label)))
        ? label
        : input;
  }

  /**
   * The same query with the class as a model numbers it, found by its name: another model, whose
   * number the query has, may have the same classes in another order.
   *
   * @param names of the model's classes; where it has none, the number stands
   * @throws ApiException when none of them is called so, or several are
   */
  static Map<String, String> numbered(Map<String, String> query, ClassNames names) {
    String name = query.getOrDefault(CLASS_NAME, "");
    String number = query.getOrDefault(CLASS, "");
    if (name.isEmpty() || names.isEmpty() || isCalled(number, name, names)) {
      return query;
    }
    OptionalInt found = names.find(name);
    if (found.isEmpty()) {
      throw ApiException.invalid(
          CLASS + " is '" + Shown.name(name) + "', expected one of " + names);
    }
    Map<String, String> numbered = new LinkedHashMap<>(query);
    numbered.put(CLASS, "" + found.getAsInt());
    return numbered;
  }

  private static boolean isCalled(String number, String name, ClassNames names) {
    int label = number.matches("\\d{1,9}") ? Integer.parseInt(number) : -1;
    return label >= 0 && label < names.names().size() && names.of(label).equals(name);
  }

  /**
   * What a query says.
   *
   * @param rows conditions of the images
   * @param note on what of it was not taken
   */
  record Said(ConditionRows rows, Optional<String> note) {}

  /**
   * Rows that are all as a query says.
   *
   * @param none whether the model has learnt "no class"
   * @param texts how the model is told a text, where it is: that of {@code prompt}; where it says
   *     none, the empty one
   * @throws ApiException when it says anything else
   */
  static Said said(
      Conditioning conditioning,
      boolean none,
      Optional<PromptTexts> texts,
      Map<String, String> query,
      int count) {
    ConditionRows others =
        rows(PromptTexts.others(conditioning, texts.isPresent()), none, query, count);
    if (texts.isEmpty()) {
      return new Said(others, Optional.empty());
    }
    String text = query.getOrDefault(PromptTexts.PROMPT, "");
    Tokenizers.Told told = texts.get().tell(List.of(text));
    ConditionRows taken = told.rows().only(conditioning.names()).rows(new int[count]);
    return new Said(others.with(taken), told.note());
  }

  /**
   * Rows that are all as a query says: a class, and numbers with commas between them for whatever
   * else the model takes; zeros where it says nothing.
   *
   * @throws ApiException when it says anything else
   */
  private static ConditionRows rows(
      Conditioning conditioning, boolean none, Map<String, String> query, int count) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Conditioning.Input input : conditioning.inputs()) {
      boolean label = input.name().equals(Conditioning.LABEL);
      String text = query.getOrDefault(label ? CLASS : input.name(), "");
      if (label) {
        text = label(text, LabelRange.of(conditioning, none));
      }
      if (!text.isEmpty()) {
        texts.put(input.name(), text);
      }
    }
    try {
      return ConditionText.read(conditioning, texts).rows(new int[count]);
    } catch (InputException e) {
      throw ApiException.invalid(e.getMessage());
    }
  }

  /** A class as the query has it, as a label; in words, that of no class. */
  private static String label(String text, Optional<LabelRange> range) {
    if (text.equals(LabelRange.NONE) && range.isPresent()) {
      return "" + range.get().classes();
    }
    boolean number = text.matches("\\d{0,10}");
    boolean known =
        range.isEmpty() || text.isEmpty() || number && range.get().has(Long.parseLong(text));
    if (!number || !known) {
      String any = "a whole number from 0 to " + Integer.MAX_VALUE;
      throw ApiException.invalid(
          CLASS + " is '" + text + "', expected " + range.map(LabelRange::toString).orElse(any));
    }
    return text;
  }
}
