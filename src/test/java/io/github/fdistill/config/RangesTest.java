package io.github.fdistill.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.diffusion.StudentSteps;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Every number of a run's settings is refused before anything is read, where it cannot be. */
class RangesTest {
  private static final Path FILE = Path.of("a.pbtxt");

  private static final DistillConfig DISTILL =
      DistillConfig.newBuilder().setName("a").setTeacher("b").build();

  private static final PretrainConfig PRETRAIN =
      PretrainConfig.newBuilder()
          .setName("a")
          .setDataset(DatasetConfig.newBuilder().setPath("b"))
          .build();

  private static final FeaturesConfig FEATURES =
      FeaturesConfig.newBuilder()
          .setName("a")
          .setDataset(DatasetConfig.newBuilder().setPath("b"))
          .build();

  private record Setting(String path, FieldDescriptor field) {
    Range range() {
      return field.getOptions().getExtension(Numbers.range);
    }

    boolean isFloating() {
      return field.getJavaType() == FieldDescriptor.JavaType.DOUBLE
          || field.getJavaType() == FieldDescriptor.JavaType.FLOAT;
    }
  }

  /** All numbers, but those that say what a model is like: they are checked as models' own are. */
  private static List<Setting> numbers(Descriptor group, String prefix) {
    List<Setting> numbers = new ArrayList<>();
    for (FieldDescriptor field : group.getFields()) {
      String path = prefix + field.getName() + (field.isRepeated() ? "[0]" : "");
      switch (field.getJavaType()) {
        case INT, LONG, FLOAT, DOUBLE -> numbers.add(new Setting(path, field));
        case MESSAGE -> {
          if (!field.getMessageType().equals(DenoiserInfo.getDescriptor())) {
            numbers.addAll(numbers(field.getMessageType(), path + "."));
          }
        }
        default -> {}
      }
    }
    return numbers;
  }

  private static void everyNumber(Message settings, Consumer<Message> check) {
    check.accept(settings);
    check.accept(Configs.resolved(settings)); // With all that it does not say.
    for (Setting number : numbers(settings.getDescriptorForType(), "")) {
      List<String> wrong = new ArrayList<>();
      Range range = number.range();
      if (number.isFloating()) {
        wrong.addAll(List.of("NaN", "Infinity", "-Infinity"));
      }
      if (range.hasFrom()) {
        wrong.add(text(number, range.getFrom() - 1));
      }
      if (range.hasAbove()) {
        wrong.add(text(number, range.getAbove()));
      }
      if (range.hasTo()) {
        wrong.add(text(number, range.getTo() + 1));
      }
      if (range.hasBelow()) {
        wrong.add(text(number, range.getBelow()));
      }
      for (String value : wrong) {
        Message with = Configs.with(settings, List.of(number.path() + "=" + value));
        String said =
            assertThrows(
                    InputException.class,
                    () -> check.accept(with),
                    () -> number.path() + "=" + value + " is not refused")
                .getMessage();
        assertTrue(said.startsWith("a.pbtxt: " + number.path()), said);
        assertTrue(said.contains("remedy: change it there"), said);
      }
    }
  }

  private static String text(Setting number, double value) {
    return number.isFloating() ? Double.toString(value) : Long.toString((long) value);
  }

  @Test
  void numbersOfADistillation() {
    everyNumber(DISTILL, c -> SettingChecks.check(FILE, (DistillConfig) c));
  }

  @Test
  void numbersOfAPretraining() {
    everyNumber(PRETRAIN, c -> SettingChecks.check(FILE, (PretrainConfig) c));
  }

  @Test
  void numbersOfFeatures() {
    everyNumber(FEATURES, c -> SettingChecks.check(FILE, (FeaturesConfig) c));
  }

  /** A new setting says its range where it is declared, or stands here. */
  @Test
  void allButSeedsHaveARange() {
    TreeSet<String> any = new TreeSet<>();
    for (Message settings : List.of(DISTILL, PRETRAIN, FEATURES)) {
      numbers(settings.getDescriptorForType(), "").stream()
          .filter(number -> number.range().equals(Range.getDefaultInstance()))
          .forEach(number -> any.add(number.path()));
    }
    assertEquals("[seed]", any.toString());
  }

  /** What goes back is a distillation; one that is printed has all the defaults. */
  @Test
  void aPretrainingIsToldOfNoRollbacks() {
    for (String one : List.of("watch.rollbacks=2", "watch.rollback_rate=0.3")) {
      PretrainConfig settings = Configs.with(PRETRAIN, List.of(one));
      String said =
          assertThrows(InputException.class, () -> SettingChecks.check(FILE, settings))
              .getMessage();
      assertTrue(said.startsWith("a.pbtxt: " + one.replaceAll("=.*", ":")), said);
      assertTrue(said.contains(": a pretraining has no student"), said);
      SettingChecks.check(FILE, Configs.with(DISTILL, List.of(one)));
    }
  }

  @Test
  void aStudentIsTrainedForNoMoreStepsThanAModelMayHave() {
    FieldDescriptor steps = DistillConfig.getDescriptor().findFieldByName("student_steps");
    assertEquals(StudentSteps.MOST, new Setting("student_steps", steps).range().getTo());
  }

  @Test
  void whatIsNeededStandsInWords() {
    for (String[] one :
        new String[][] {
          {"steps=0", "1 or more"},
          {"student_steps=9", "1 to 8"},
          {"ratio.decay=1", "from 0 to below 1"},
          {"ratio.bins=-1", "0 to 10000"},
          {"ratio.bins=10001", "0 to 10000"},
          {"ratio.logit_clip=81", "a number above 0 and up to 80"},
          {"guidance=NaN", "a number above 0 and below 1e9"},
          {"average[0].relative_length=0.0001", "from 0.001 to 0.288"},
          {"teacher_info.sigma_data=NaN", "a number that is neither infinite nor NaN"}
        }) {
      assertTrue(refusal(one[0]).contains(one[1]), one[0]);
    }
  }

  private static String refusal(String settings) {
    DistillConfig config = Configs.with(DISTILL, List.of(settings.split(" ")));
    return assertThrows(InputException.class, () -> SettingChecks.check(FILE, config), settings)
        .getMessage();
  }

  /** h goes as a power of r: not of every divergence, nor on both sides of 1. */
  @Test
  void weightsStayWithinFloat32() {
    String wide = "ratio.logit_clip=80 ratio.min=1e-30 ratio.bins=0 divergence=";
    for (String divergence : new String[] {"NEYMAN_CHI2", "FORWARD_KL", "JENSEN_SHANNON"}) {
      String said = refusal(wide + divergence);
      assertTrue(said.contains("divergence: found " + divergence + " with ratios from 1.0E-30"));
    }
    String clipped = wide.replace("=80", "=40");
    for (String fits :
        new String[] {
          wide + "REVERSE_KL",
          wide + "SOFTENED_REVERSE_KL",
          wide + "SQUARED_HELLINGER",
          wide + "JEFFREYS",
          clipped + "NEYMAN_CHI2",
        }) {
      SettingChecks.check(FILE, Configs.with(DISTILL, List.of(fits.split(" "))));
    }
    String bins = clipped.replace("bins=0", "bins=10");
    assertTrue(refusal(bins + "NEYMAN_CHI2 ratio.max=100").contains("a lower ratio.logit_clip"));
    String kept = bins + "FORWARD_KL ratio.max=100";
    SettingChecks.check(FILE, Configs.with(DISTILL, List.of(kept.split(" "))));
    assertTrue(refusal(kept + " ratio.decay=0.9").contains("divergence: found FORWARD_KL"));
    String alpha = bins + "ALPHA alpha=8 batch_size=";
    SettingChecks.check(FILE, Configs.with(DISTILL, List.of((alpha + 200).split(" "))));
    assertTrue(refusal(alpha + 1000).contains("alpha: found 8.0 with ratios"));
  }
}
