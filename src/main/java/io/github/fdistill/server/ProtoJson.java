package io.github.fdistill.server;

import com.google.gson.stream.JsonWriter;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Int64Value;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;

/**
 * Messages as JSON in the form that TensorFlow Serving answers in: fields by their names in the
 * .proto, scalars also where they have their default, 64-bit numbers and those that are not finite
 * as strings, bytes in Base64. (The library that writes any message so, protobuf-java-util, would
 * bring more than this needs.)
 */
final class ProtoJson {
  private ProtoJson() {}

  static String text(Message message) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent(" ");
      write(json, message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonWriter json, Message message) throws IOException {
    if (message instanceof Int64Value number) {
      json.value(Long.toString(number.getValue()));
      return;
    }
    json.beginObject();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (!shown(message, field)) {
        continue;
      }
      json.name(field.getName());
      if (field.isMapField()) {
        map(json, (List<?>) message.getField(field));
      } else if (field.isRepeated()) {
        json.beginArray();
        for (Object element : (List<?>) message.getField(field)) {
          value(json, field, element);
        }
        json.endArray();
      } else {
        value(json, field, message.getField(field));
      }
    }
    json.endObject();
  }

  private static boolean shown(Message message, FieldDescriptor field) {
    if (field.isRepeated()) {
      return true;
    }
    boolean nested = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
    return nested || field.getContainingOneof() != null ? message.hasField(field) : true;
  }

  private static void map(JsonWriter json, List<?> entries) throws IOException {
    json.beginObject();
    for (Object element : entries) {
      MapEntry<?, ?> entry = (MapEntry<?, ?>) element;
      FieldDescriptor type = entry.getDescriptorForType().findFieldByName("value");
      json.name(entry.getKey().toString());
      value(json, type, entry.getValue());
    }
    json.endObject();
  }

  private static void value(JsonWriter json, FieldDescriptor field, Object value)
      throws IOException {
    switch (field.getJavaType()) {
      case MESSAGE -> write(json, (Message) value);
      case ENUM ->
          json.value(value instanceof EnumValueDescriptor name ? name.getName() : value.toString());
      case BOOLEAN -> json.value((Boolean) value);
      case BYTE_STRING ->
          json.value(Base64.getEncoder().encodeToString(((ByteString) value).toByteArray()));
      case INT -> json.value((Number) value);
      case FLOAT, DOUBLE -> {
        if (Double.isFinite(((Number) value).doubleValue())) {
          json.value((Number) value);
        } else {
          json.value(value.toString());
        }
      }
      default -> json.value(value.toString());
    }
  }
}
