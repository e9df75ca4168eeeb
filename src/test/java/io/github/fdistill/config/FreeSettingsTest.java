package io.github.fdistill.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FreeSettingsTest {
  private static final Map<Descriptor, Map<Occasion, Set<String>>> FREE =
      Map.of(
          DistillConfig.getDescriptor(),
          Map.of(
              Occasion.RESUME,
              Set.of(
                  "steps",
                  "checkpoint",
                  "picture_every_steps",
                  "accumulation_steps",
                  "evaluation.every_steps",
                  "minutes",
                  "images",
                  "until",
                  "teacher_source",
                  "dataset.source",
                  "optimiser.sharded",
                  "optimiser.offload",
                  "fake_score.optimiser.sharded",
                  "fake_score.optimiser.offload",
                  "discriminator.optimiser.sharded",
                  "discriminator.optimiser.offload"),
              Occasion.RERUN,
              Set.of(
                  "name",
                  "dataset.path",
                  "dataset.source",
                  "dataset.by_row[N].file",
                  "teacher",
                  "teacher_source",
                  "student",
                  "fake_score.start",
                  "evaluation.features"),
              Occasion.STAGE,
              Set.of(
                  "divergence",
                  "alpha",
                  "guidance",
                  "noise",
                  "scale",
                  "optimiser",
                  "fake_score.weighting",
                  "fake_score.optimiser",
                  "discriminator.gan_weight",
                  "discriminator.gan_growth",
                  "discriminator.r1_weight",
                  "discriminator.r1_sigma",
                  "discriminator.optimiser",
                  "discriminator.losses",
                  "ratio.logit_clip",
                  "ratio.min",
                  "ratio.max",
                  "ratio.normalise_weight")),
          PretrainConfig.getDescriptor(),
          Map.of(
              Occasion.RESUME,
              Set.of(
                  "steps",
                  "checkpoint",
                  "minutes",
                  "images",
                  "picture_every_steps",
                  "accumulation_steps",
                  "watch",
                  "evaluation.every_steps",
                  "dataset.source",
                  "optimiser.sharded",
                  "optimiser.offload"),
              Occasion.RERUN,
              Set.of(
                  "name",
                  "dataset.path",
                  "dataset.source",
                  "dataset.by_row[N].file",
                  "evaluation.features",
                  "start"),
              Occasion.STAGE,
              Set.of()),
          FeaturesConfig.getDescriptor(),
          Map.of(
              Occasion.RESUME,
                  Set.of(
                      "steps",
                      "checkpoint",
                      "dataset.source",
                      "test_dataset.source",
                      "optimiser.sharded",
                      "optimiser.offload"),
              Occasion.RERUN,
                  Set.of(
                      "name",
                      "dataset.path",
                      "dataset.source",
                      "dataset.by_row[N].file",
                      "test_dataset.path",
                      "test_dataset.source",
                      "test_dataset.by_row[N].file"),
              Occasion.STAGE, Set.of()),
          NetworkConfig.getDescriptor(),
          Map.of(Occasion.RESUME, Set.of(), Occasion.RERUN, Set.of(), Occasion.STAGE, Set.of()));

  static List<Message> settings() {
    return List.of(
        DistillConfig.getDefaultInstance(),
        PretrainConfig.getDefaultInstance(),
        FeaturesConfig.getDefaultInstance(),
        NetworkConfig.getDefaultInstance());
  }

  @ParameterizedTest
  @MethodSource("settings")
  void whatMayChangeIsThisAndNothingElse(Message settings) {
    Descriptor type = settings.getDescriptorForType();
    for (Occasion occasion : Occasion.values()) {
      List<String> free = FreeSettings.of(type, occasion);
      assertEquals(FREE.get(type).get(occasion), Set.copyOf(free), type.getName() + occasion);
    }
  }

  @ParameterizedTest
  @MethodSource("settings")
  void withoutThemEveryOtherSettingIsAsItWas(Message settings) {
    Descriptor type = settings.getDescriptorForType();
    Message every = everyFieldSet(settings);
    for (Occasion occasion : Occasion.values()) {
      Message left = FreeSettings.without(every, occasion);
      Set<String> gone = new TreeSet<>(leaves(every, ""));
      gone.removeAll(leaves(left, ""));
      Set<String> expected = new TreeSet<>(leaves(every, ""));
      expected.removeIf(
          path ->
              FREE.get(type).get(occasion).stream()
                  .noneMatch(free -> path.equals(free) || path.startsWith(free + ".")));
      assertEquals(expected, gone, type.getName() + " at a " + occasion);
    }
  }

  @Test
  void whatIsInAListNeverChanges() {
    DistillConfig config =
        DistillConfig.newBuilder().addStage(StageConfig.newBuilder().setSteps(5)).build();
    for (Occasion occasion : Occasion.values()) {
      assertEquals(config, FreeSettings.without(config, occasion));
    }
  }

  /** Also in every group; of a oneof the last. */
  private static Message everyFieldSet(Message message) {
    Message.Builder builder = message.toBuilder();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.isRepeated()) {
        continue;
      }
      boolean group = field.getJavaType() == JavaType.MESSAGE;
      Object value = message.getField(field);
      builder.setField(field, group ? everyFieldSet((Message) value) : value);
    }
    return builder.build();
  }

  /** Paths of the fields that are set and are no groups. */
  private static Set<String> leaves(Message message, String prefix) {
    Set<String> paths = new TreeSet<>();
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              String path = prefix + field.getName();
              if (value instanceof Message inside) {
                paths.addAll(leaves(inside, path + "."));
              } else {
                paths.add(path);
              }
            });
    return paths;
  }
}
