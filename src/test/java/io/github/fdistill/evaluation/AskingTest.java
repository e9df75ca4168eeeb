package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.server.TinyStudent;
import io.github.fdistill.text.Tokenizer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** What a model that takes texts is asked for. */
class AskingTest {
  private static final DenoiserModel MODEL = TinyStudent.ofTexts(1);
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final int WIDE = 77 * 768;
  private static final Tokenizer TOKENIZER = MODEL.tokenizer().orElseThrow();

  /**
   * Image i is of class i mod 3, or 0 where there is one class, and shows "a i", and every second
   * "a red square" too; the first number of its context is i.
   */
  private record Captioned(
      long size, int classes, List<String> classNames, Conditioning conditioning)
      implements ImageSource {
    Captioned(long size) {
      this(size, 3, NAMES, Conditioning.ofClasses(3));
    }

    @Override
    public void copyCondition(long index, ConditionRows into, int row) {
      ImageSource.super.copyCondition(index, into, row);
      if (into.columns().get("context") instanceof ConditionRows.Floats context) {
        context.values()[row * WIDE] = index;
      }
    }

    @Override
    public int height() {
      return 8;
    }

    @Override
    public int width() {
      return 8;
    }

    @Override
    public int channels() {
      return 1;
    }

    @Override
    public int label(long index) {
      return (int) (index % classes);
    }

    @Override
    public List<String> captions(long index) {
      String thing = "a " + index;
      return index % 2 == 0 ? List.of(thing) : List.of(thing, "a red square");
    }

    @Override
    public void copy(long index, float[] into, int offset) {}

    @Override
    public String fingerprint() {
      return "captioned";
    }
  }

  private static Asking asking() {
    return Asking.like(new StoredImages("set", new Captioned(20)), 20, false);
  }

  private static int[] tokens(ConditionRows rows, int row) {
    return ((ConditionRows.Ints) rows.rows(new int[] {row}).columns().get(CaptionTokens.TOKENS))
        .values();
  }

  /** The class goes with its caption: a classifier can say whether the prompt was drawn. */
  @Test
  void everyCaptionOnceWithTheClassOfItsImage() {
    Asked asked = asking().of(MODEL);
    assertEquals(30, asked.count());
    ConditionRows rows = asked.conditions(0, 30);
    assertEquals("Drawn of 30 captions of the reference, by chance", asked.words().orElseThrow());
    assertEquals(List.of("a", "b", "c"), asked.names().names());
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < rows.count(); i++) {
      String text = TOKENIZER.text(tokens(rows, i));
      seen.add(text);
      assertArrayEquals(TOKENIZER.row(asked.texts().get(i)).numbers(), tokens(rows, i), text);
      if (text.matches("a \\d.*")) {
        int image = Integer.parseInt(text.replaceAll("\\D", ""));
        assertEquals(image % 3, rows.labels().orElseThrow()[i], text);
      }
    }
    assertEquals(21, seen.size());
    assertArrayEquals(
        tokens(rows, 7), tokens(asking().of(MODEL).conditions(37, 1), 0), "always so");
    boolean inOrder =
        IntStream.range(0, 3).allMatch(i -> TOKENIZER.text(tokens(rows, i)).startsWith("a " + i));
    assertTrue(!inOrder, "the first are of the whole set");
  }

  /** Class a is 0 in the reference, and 2 in the model. */
  @Test
  void aClassBesideACaptionIsThatOfTheSameName() {
    StudentModel both = TinyStudent.ofTexts(1, 3);
    Asked places = asking().of(both);
    Asked named = asking().of(both.named(List.of("b", "c", "a")));
    int[] reference = places.labels(0, 30).orElseThrow();
    int[] own = IntStream.of(reference).map(label -> (label + 2) % 3).toArray();
    assertArrayEquals(own, named.conditions(0, 30).labels().orElseThrow());
    assertArrayEquals(own, named.labels(0, 30).orElseThrow());
    assertEquals(List.of("b", "c", "a"), named.names().names());
    assertArrayEquals(reference, places.conditions(0, 30).labels().orElseThrow());
    assertEquals(List.of("a", "b", "c"), places.names().names());
    StudentModel others = both.named(List.of("b", "c", "d"));
    String refused = assertThrows(InputException.class, () -> asking().of(others)).getMessage();
    assertTrue(refused.contains("the classes 0 a, 1 b, 2 c"), refused);
    StudentModel fewer = TinyStudent.ofTexts(1, 2);
    refused = assertThrows(InputException.class, () -> asking().of(fewer)).getMessage();
    assertTrue(refused.contains("images of class c"), refused);
  }

  /** Images without classes all have the label 0, which a classifier would take for its first. */
  @Test
  void captionsOfImagesWithoutClassesAreOfNone() {
    Captioned plain = new Captioned(20, 1, List.of(), Conditioning.ofClasses(1));
    Asking asking = Asking.like(new StoredImages("set", plain), 20, false);
    for (Asked asked : List.of(asking.of(MODEL), Asking.ofImages(plain))) {
      assertTrue(asked.labels().isEmpty());
      assertTrue(asked.names().isEmpty());
    }
    StudentModel both = TinyStudent.ofTexts(1, 3);
    String refused = assertThrows(InputException.class, () -> asking.of(both)).getMessage();
    assertTrue(refused.contains("captions of images without classes have none"), refused);
    Captioned cats = new Captioned(20, 1, List.of("b"), Conditioning.ofClasses(1));
    StudentModel named = both.named(NAMES);
    Asked ofCats = Asking.like(new StoredImages("set", cats), 20, false).of(named);
    assertEquals(1, ofCats.conditions(0, 1).labels().orElseThrow()[0], "of one class, by its name");
    Asking prompted = asking().told(List.of("a square"), Optional.empty());
    refused = assertThrows(InputException.class, () -> prompted.of(both)).getMessage();
    assertTrue(refused.contains("prompts have none"), refused);
    StudentModel latents =
        new DenoiserModel(
            both.origin(), both.function(), both.weights(), both.info(), Shape.of(8, 8, 4));
    refused = assertThrows(InputException.class, () -> prompted.of(latents)).getMessage();
    assertTrue(refused.contains("or import it with --autoencoder, draw images of a"), refused);
  }

  /** Pictures of no class lie in photos/all/ too, or in photos/512/: a class has its own name. */
  @Test
  void imagesInOneFolderAreOfAClassThatIsCalledSo() {
    StudentModel places = TinyStudent.ofClasses(1);
    StudentModel named = places.named(NAMES);
    StudentModel numbered = places.named(List.of("0", "1", "2"));
    StudentModel both = TinyStudent.ofTexts(1, 3);
    for (String folder : List.of("all", "512")) {
      Asking asking = asking(folder);
      for (StudentModel model : List.of(places, named, numbered)) {
        Asked asked = asking.of(model);
        assertEquals(
            "Classes drawn: 3 classes, all alike: photos has none", asked.words().orElseThrow());
        assertArrayEquals(new int[] {0, 1, 2}, asked.labels(0, 3).orElseThrow());
      }
      String refused = assertThrows(InputException.class, () -> asking.of(both)).getMessage();
      assertTrue(refused.contains("captions of images without classes have none"), refused);
      assertTrue(asking.of(MODEL).labels().isPresent(), "whoever measures may know it");
    }
    for (StudentModel model : List.of(places, named, numbered)) {
      assertArrayEquals(new int[] {2, 2}, asking("2").of(model).labels(0, 2).orElseThrow());
    }
    assertArrayEquals(new int[] {2, 2}, asking("c").of(named).labels(0, 2).orElseThrow());
  }

  private static Asking asking(String folder) {
    Captioned images = new Captioned(20, 1, List.of(folder), Conditioning.ofClasses(1));
    return Asking.like(new StoredImages("photos", images), 20, false);
  }

  @Test
  void promptsOfAChoiceComeInTheirOrder() {
    Asking told = asking().told(List.of("a square", "red ".repeat(20)), Optional.empty());
    Asked asked = told.of(MODEL);
    assertArrayEquals(TOKENIZER.row("a square").numbers(), tokens(asked.conditions(1, 2), 1));
    assertEquals(told.prompts(), asked.texts());
    assertTrue(asked.labels().isEmpty(), "which class a prompt is of nobody knows");
    assertTrue(asked.words().orElseThrow().startsWith("Drawn of 2 prompts; 1 prompt has more"));
    assertNotEquals(asking().identity(), told.identity());
  }

  /** All of them at once would be more numbers than an array holds. */
  @Test
  void whatManyImagesHaveIsReadWhenItIsAskedFor() {
    List<Conditioning.Input> inputs =
        List.of(
            Conditioning.label(3),
            new Conditioning.Input("context", DataType.DT_FLOAT, Shape.of(77, 768), List.of()));
    Asked asked = Asking.ofImages(new Captioned(40_000, 3, NAMES, new Conditioning(inputs)));
    assertEquals(40_000, asked.count());
    int[] labels = asked.labels(0, 40_000).orElseThrow();
    assertEquals(13_334L, IntStream.of(labels).filter(label -> label == 0).count());
    ConditionRows last = asked.conditions(39_998, 4);
    Set<Float> images = new HashSet<>();
    for (int i = 0; i < 4; i++) {
      float image = ((ConditionRows.Floats) last.columns().get("context")).values()[i * WIDE];
      assertEquals(image % 3, last.labels().orElseThrow()[i]);
      assertEquals(image % 3, labels[(39_998 + i) % 40_000]);
      images.add(image);
    }
    assertEquals(4, images.size());
  }

  @Test
  void theNegativePromptTakesThePlaceOfNoText() {
    Asking told = asking().told(List.of(), Optional.of("nothing"));
    Conditioning.Input input =
        told.prepared(MODEL).conditioning().input(CaptionTokens.TOKENS).orElseThrow();
    assertArrayEquals(
        TOKENIZER.row("nothing").numbers(),
        input.none().stream().mapToInt(Double::intValue).toArray());
    Asking longer = asking().told(List.of("a square"), Optional.of("red ".repeat(20)));
    String words = longer.of(longer.prepared(MODEL)).words().orElseThrow();
    assertTrue(words.startsWith("Drawn of 1 prompt; 1 negative prompt has more than 8"), words);
  }

  @Test
  void whatCannotBeAskedIsRefused() {
    String none = assertThrows(InputException.class, () -> Asking.ALIKE.of(MODEL)).getMessage();
    assertTrue(none.contains("--prompts"), none);
    DenoiserModel without =
        new DenoiserModel(
            MODEL.origin(), MODEL.function(), MODEL.weights(), MODEL.info(), MODEL.image());
    String tokenizer = assertThrows(InputException.class, () -> asking().of(without)).getMessage();
    assertTrue(tokenizer.contains("assets.extra/tokenizer"), tokenizer);
  }
}
