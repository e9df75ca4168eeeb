package io.github.fdistill.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.UninterpretedOption;
import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class OverridesTest {
  @Test
  void scalarsOfEveryTypeAreSet() {
    assertEquals(10, network("classes=10").getClasses());
    assertEquals(0.25, network(" sigma_data = 2.5e-1 ").getSigmaData());
    assertEquals("a=b", field("name=a=b").getName());
    assertEquals("", field("name=").getName());
    assertTrue(field("proto3_optional=True").getProto3Optional());
    assertEquals(Label.LABEL_REPEATED, field("label=label_repeated").getLabel());
  }

  @Test
  void unsignedNumbersReachTheirMaximum() {
    UninterpretedOption.Builder option = UninterpretedOption.newBuilder();
    apply(option, "positive_int_value=18446744073709551615");
    apply(option, "negative_int_value=-9223372036854775808");
    apply(option, "string_value=ä");
    assertEquals(-1, option.getPositiveIntValue());
    assertEquals(Long.MIN_VALUE, option.getNegativeIntValue());
    assertEquals("ä", option.getStringValue().toStringUtf8());
  }

  @Test
  void numbersAreReadAsInAFile() {
    NetworkConfig none = NetworkConfig.getDefaultInstance();
    for (String value : List.of("010", "0x10", "-0x1", "08", "+1", "1.0", "")) {
      assertEquals(
          read(() -> Configs.of("classes: " + value, none).getClasses()),
          read(() -> network("classes=" + value).getClasses()),
          value);
    }
    for (String value : List.of("1", ".5", "5.", "inf", "nan", "1f", "+1", "0x10", "1e400")) {
      assertEquals(
          read(() -> Configs.of("sigma_data: " + value, none).getSigmaData()),
          read(() -> network("sigma_data=" + value).getSigmaData()),
          value);
    }
    assertEquals(Label.LABEL_REPEATED, field("label=3").getLabel());
    refused(FieldDescriptorProto.newBuilder(), "label=4", "one of LABEL_OPTIONAL, ");
    refused(NetworkConfig.newBuilder(), "classes=1 sigma_data: 2", "found `1 sigma_data: 2`");
  }

  /** What is read, or that nothing is. */
  private static Object read(Supplier<Object> reading) {
    try {
      return reading.get();
    } catch (InputException e) {
      return "refused";
    }
  }

  @Test
  void theLastOneWins() {
    assertEquals(3, network("classes=1", "classes=3").getClasses());
  }

  @Test
  void messagesOnTheWayAreCreatedAndKeptWhereTheyAre() {
    NetworkConfig network = network("unet.channels=64", "unet.blocks=2", "image.height=28");
    assertEquals(64, network.getUnet().getChannels());
    assertEquals(2, network.getUnet().getBlocks());
    assertEquals(28, network.getImage().getHeight());
    assertEquals(NetworkConfig.BodyCase.UNET, network.getBodyCase());
  }

  @Test
  void aListIsReplaced() {
    assertEquals(
        List.of(1, 2, 4), multipliers(network("unet.multiplier=9", "unet.multiplier=1, 2,4")));
    assertEquals(List.of(), multipliers(network("unet.multiplier=9", "unet.multiplier=")));
  }

  @Test
  void anIndexReplacesAnElementOrAppendsOne() {
    assertEquals(
        List.of(1, 7, 8),
        multipliers(
            network("unet.multiplier=1,2", "unet.multiplier[1]=7", "unet.multiplier[2]=8")));
    DescriptorProto.Builder message = DescriptorProto.newBuilder();
    apply(message, "field[0].name=a");
    apply(message, "field[1].name=b");
    apply(message, "field[0].number=5");
    assertEquals(
        List.of(
            FieldDescriptorProto.newBuilder().setName("a").setNumber(5).build(),
            FieldDescriptorProto.newBuilder().setName("b").build()),
        message.getFieldList());
  }

  @Test
  void anOverrideWithoutAnEqualsSignIsRefused() {
    refused(NetworkConfig.newBuilder(), "classes", "--set classes: no `=`", "path.to.field=value");
  }

  @Test
  void anUnknownPathNamesTheNearestAndTheAllowedFields() {
    refused(
        NetworkConfig.newBuilder(),
        "unet.chanels=3",
        "--set unet.chanels: no field `chanels` in UNetConfig",
        "one of unet.patch, unet.channels, unet.multiplier",
        "did you mean unet.channels?");
    refused(NetworkConfig.newBuilder(), "blocks=3", "did you mean unet.blocks or ");
    refused(NetworkConfig.newBuilder(), "uent.blocks=3", "did you mean unet.blocks or ");
    refused(
        NetworkConfig.newBuilder(),
        "channels=3",
        "did you mean image.channels or unet.channels or ");
    refused(NetworkConfig.newBuilder(), "=3", "no field `` in NetworkConfig");
    refused(DescriptorProto.newBuilder(), "field[0].nmae=x", "did you mean field[0].name");
  }

  @Test
  void aBadValueShowsTheAllowedOnes() {
    refused(NetworkConfig.newBuilder(), "classes=ten", "--set classes: found `ten`", "a whole");
    refused(NetworkConfig.newBuilder(), "classes=3.5", "found `3.5`", "a whole number");
    refused(NetworkConfig.newBuilder(), "classes=", "found ``", "a whole number");
    refused(NetworkConfig.newBuilder(), "sigma_data=x", "found `x`", "a number");
    refused(NetworkConfig.newBuilder(), "unet.multiplier=1,,2", "found ``", "by commas");
    refused(FieldDescriptorProto.newBuilder(), "proto3_optional=yes", "true or false");
    refused(FieldDescriptorProto.newBuilder(), "label=many", "one of LABEL_OPTIONAL, ");
  }

  @Test
  void aPathThatEndsTooSoonOrTooLateIsRefused() {
    refused(NetworkConfig.newBuilder(), "image=3", "a group of fields", "image.height, ");
    refused(NetworkConfig.newBuilder(), "classes.x=3", "has no fields", "end the path at classes");
  }

  @Test
  void anIndexMustFitItsField() {
    refused(NetworkConfig.newBuilder(), "classes[0]=3", "classes is not a list");
    refused(NetworkConfig.newBuilder(), "unet.multiplier[1]=3", "has 0 elements", "from 0 to 0");
    refused(DescriptorProto.newBuilder(), "field.name=x", "field is a list", "write field[0]");
    refused(DescriptorProto.newBuilder(), "field=x", "field[0].name");
  }

  private static void apply(Message.Builder builder, String override) {
    Overrides.apply(builder, Overrides.OF_LINE, override);
  }

  private static List<Integer> multipliers(NetworkConfig network) {
    return network.getUnet().getMultiplierList();
  }

  private static NetworkConfig network(String... overrides) {
    NetworkConfig.Builder builder = NetworkConfig.newBuilder();
    List.of(overrides).forEach(override -> apply(builder, override));
    return builder.build();
  }

  private static FieldDescriptorProto field(String override) {
    FieldDescriptorProto.Builder builder = FieldDescriptorProto.newBuilder();
    apply(builder, override);
    return builder.build();
  }

  private static void refused(Message.Builder builder, String override, String... parts) {
    InputException refused = assertThrows(InputException.class, () -> apply(builder, override));
    for (String part : parts) {
      assertTrue(refused.getMessage().contains(part), part + " in:\n" + refused.getMessage());
    }
    assertFalse(refused.getMessage().contains("null"), refused.getMessage());
  }
}
