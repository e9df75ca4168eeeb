package io.github.fdistill.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigsTest {
  private static final NetworkConfig NETWORK = NetworkConfig.getDefaultInstance();
  private static final FieldDescriptorProto FIELD = FieldDescriptorProto.getDefaultInstance();

  @TempDir Path folder;

  @Test
  void aFileIsReadIntoItsMessage() throws IOException {
    NetworkConfig read =
        Configs.read(
            file("# a comment\nclasses: 10\nunet { channels: 64 multiplier: [1, 2, 4] }"),
            NETWORK,
            List.of());
    assertEquals(10, read.getClasses());
    assertEquals(64, read.getUnet().getChannels());
    assertEquals(List.of(1, 2, 4), read.getUnet().getMultiplierList());
    assertEquals(0.5, read.getSigmaData(), "the schema's default");
  }

  @Test
  void whatIsPrintedReadsBackToTheResolvedMessage() throws IOException {
    for (String text :
        List.of("", "unet {}", "classes: 3 image { width: 2 } unet { multiplier: [1, 2] }")) {
      NetworkConfig read = Configs.read(file(text), NETWORK, List.of());
      NetworkConfig again = Configs.read(file(Configs.print(read)), NETWORK, List.of());
      assertEquals(Configs.resolved(read), again);
      assertEquals(again, Configs.resolved(again), "resolving twice changes nothing");
      assertEquals(Configs.print(read), Configs.print(again));
    }
  }

  @Test
  void printingWritesEveryDefaultButNoUnsetMemberOfAOneof() {
    assertEquals(
        """
        image {
          height: 0
          width: 0
          channels: 0
        }
        classes: 0
        sigma_data: 0.5
        """,
        Configs.print(NETWORK));
    String chosen =
        Configs.print(NetworkConfig.newBuilder().setUnet(UNetConfig.newBuilder()).build());
    assertTrue(chosen.contains("unet {\n  channels: 32\n  blocks: 1\n"), chosen);
    assertEquals("", Configs.printGiven(NETWORK), "nothing is set");
  }

  @Test
  void printingKeepsLettersOutsideAscii() {
    assertTrue(Configs.print(FIELD.toBuilder().setName("Größe").build()).contains("\"Größe\""));
  }

  @Test
  void aMissingFileShowsTheConfigurationsBesideIt() throws IOException {
    file("");
    refused(folder.resolve("netwerk.pbtxt"), NETWORK, "no such file", "config.pbtxt");
  }

  @Test
  void aMissingFolderShowsTheFoldersThereAre() throws IOException {
    Files.createDirectories(folder.resolve("fashion"));
    refused(folder.resolve("fashoin/network.pbtxt"), NETWORK, "no such file", "fashion");
  }

  @Test
  void aFolderIsNotAFile() throws IOException {
    file("");
    refused(folder, NETWORK, "a folder", "config.pbtxt");
  }

  @Test
  void textMustBeUtf8() throws IOException {
    Path file = folder.resolve("latin1.pbtxt");
    Files.write(file, new byte[] {(byte) 0xe4});
    refused(file, NETWORK, "latin1.pbtxt: not UTF-8");
  }

  @Test
  void anUnknownFieldIsPlacedAndTheNearestNameSuggested() throws IOException {
    refused(
        file("unet {\n  chanels: 3\n}"),
        NETWORK,
        "config.pbtxt:2:3: unknown field `chanels`",
        "UNetConfig: patch, channels, multiplier",
        "did you mean unet.channels?");
  }

  @Test
  void aRightNameAtAWrongPlaceIsFound() throws IOException {
    refused(file("blocks: 3"), NETWORK, ":1:1: ", "did you mean unet.blocks or ");
    refused(file("unet { sigma_data: 1 }"), NETWORK, ":1:8: ", "did you mean sigma_data?");
    refused(file("height: 3 zzz: 1"), NETWORK, "did you mean image.height?");
    refused(file("zzzzzzzzzz: 3"), NETWORK, "choose one of these");
    refused(
        file("name: 'a' 'b' optimiser { learning_rat: 1 }"), // Two strings are one.
        DistillConfig.getDefaultInstance(),
        "unknown field `learning_rat`",
        "did you mean optimiser.learning_rate");
  }

  @Test
  void aBadNumberIsPlacedAndItsRangeShown() throws IOException {
    String range = "needed: a whole number\n";
    refused(file("classes: ten"), NETWORK, ":1:10: classes: found `ten`", range);
    refused(file("classes: 3.5"), NETWORK, "classes: found `3.5`", range);
    refused(
        file("classes: 99999999999"),
        NETWORK,
        "`99999999999`",
        "a whole number, at most 2147483647");
    refused(file("classes:"), NETWORK, "classes: found the end of the file", range);
    refused(file("sigma_data: 'half'"), NETWORK, ":1:13: sigma_data: found `'half'`", "a number");
  }

  @Test
  void theFieldOfABadValueIsNamedWithItsPath() throws IOException {
    refused(
        file("image { height: 1 } # { \nunet { blocks: 2\n  multiplier: [1, x] }"),
        NETWORK,
        "config.pbtxt:3:19: unet.multiplier: found `x`");
    refused(file("image <> unet: { multiplier: 1 dropout: y }"), NETWORK, "unet.dropout: found");
  }

  @Test
  void aBadEnumValueShowsTheAllowedOnes() throws IOException {
    refused(
        file("label: LABEL_MANY"),
        FIELD,
        ":1:8: label: found `LABEL_MANY`",
        "one of LABEL_OPTIONAL, LABEL_REPEATED, LABEL_REQUIRED");
  }

  @Test
  void everyOtherTypeSaysWhatItNeeds() throws IOException {
    refused(file("proto3_optional: maybe"), FIELD, "found `maybe`", "true or false");
    refused(file("name: foo"), FIELD, "name: found `foo`", "text in double quotes");
    refused(file("image: 5"), NETWORK, "image: found `5`", "a group", "height, width, channels");
  }

  @Test
  void aFieldGivenTwiceIsRefused() throws IOException {
    refused(
        file("classes: 1\nclasses: 2"),
        NETWORK,
        ":2:8: ",
        "`classes` stands twice",
        "remove all but one");
    refused(file("unet {}\nmlp {}"), NETWORK, ":2:1: `mlp` beside `unet`", "excludes the other");
  }

  /** They lie in one folder; a file that says whose it is has a slip, and is whole for none. */
  @Test
  void settingsOfAnotherCommandAreToldWhoseTheyAre() throws IOException {
    String distill = "teacher: 'a'\naverage { decay: 0.9 }\naverage { decay: 0.99 }\n";
    FeaturesConfig features = FeaturesConfig.getDefaultInstance();
    refused(file(distill), features, "reads, DistillConfig", "remedy: ./fdistill train --config /");
    refused(file(distill), NETWORK, ":1:1: unknown field `teacher`; the file is what another");
    refused(file("image {}"), features, "remedy: ./fdistill pretrain --network ", "config.pbtxt");
    refused(file("steps: 9 label_dropout: 0.1"), features, "reads, PretrainConfig\n");
    refused(file("name: 'a' steps: 9"), NETWORK, "DistillConfig or PretrainConfig or Features");
    refused(file("# proto-message: NetworkConfig\nsteps: 9"), NETWORK, "a field of NetworkConfig");
  }

  @Test
  void otherSyntaxErrorsArePlaced() throws IOException {
    refused(file("classes 3"), NETWORK, ":1:9: Expected \":\". Found `3`");
    refused(file("unet {} }"), NETWORK, ":1:9: ", "Found `}`");
    refused(file("image {\n  height: 1"), NETWORK, ":2:12: Expected \"}\". Found the end");
  }

  @Test
  void aMissingRequiredFieldIsNamed() throws IOException {
    refused(
        file("options { uninterpreted_option { name { is_extension: true } } }"),
        FIELD,
        "fields are missing",
        "name_part");
  }

  @Test
  void aFailedCheckNamesFileAndField() {
    Path file = Path.of("graphs/a/network.pbtxt");
    Configs.check(true, file, "unet.channels", 8, "at least 1");
    InputException refused =
        assertThrows(
            InputException.class,
            () -> Configs.check(false, file, "unet.channels", 0, "at least 1"));
    assertEquals(
        """
        graphs/a/network.pbtxt: unet.channels: found 0
          needed: at least 1
          remedy: change it there\
        """,
        refused.getMessage());
  }

  /** Of fields that others' files have and that are passed over, the first are told. */
  @Test
  void veryManyUnknownFieldsAreToldInFewLines() throws IOException {
    List<String> told = new ArrayList<>();
    List<String> logged = new ArrayList<>();
    Logger parsers = Logger.getLogger(TextFormat.class.getName());
    Handler handler = new Logged(logged);
    parsers.addHandler(handler);
    Configs.readKnown(file("classes: 3 other: 1 "), NETWORK, told::add);
    Configs.readKnown(file("classes: 3 " + "other: 1 ".repeat(10_000)), NETWORK, told::add);
    assertEquals(List.of(), logged);
    parsers.warning("an application's");
    assertEquals(List.of("an application's"), logged);
    parsers.removeHandler(handler);
    assertTrue(told.get(0).endsWith("other"), told.get(0));
    assertTrue(told.get(1).lines().count() < 10 && told.get(1).endsWith("\n..."), told.get(1));
  }

  private static final class Logged extends Handler {
    private final List<String> lines;

    Logged(List<String> lines) {
      this.lines = lines;
    }

    @Override
    public void publish(LogRecord record) {
      lines.add(record.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("config.pbtxt"), text);
  }

  private static void refused(Path file, Message schema, String... parts) {
    InputException refused =
        assertThrows(InputException.class, () -> Configs.read(file, schema, List.of()));
    for (String part : parts) {
      assertTrue(refused.getMessage().contains(part), part + " in:\n" + refused.getMessage());
    }
    assertFalse(refused.getMessage().contains("null"), refused.getMessage());
  }
}
