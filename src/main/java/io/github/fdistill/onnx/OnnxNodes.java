package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads nodes with their attributes, and what goes in and out of a graph. */
final class OnnxNodes {
  private static final int MOST_NAMES = 1 << 12;
  private static final int MOST_DIMS = 8;

  private final OnnxTensors tensors;
  private final Room room;

  OnnxNodes(OnnxTensors tensors, Room room) {
    this.tensors = tensors;
    this.room = room;
  }

  /** Reads a NodeProto. */
  OnnxNode read(Wire wire) {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    String name = "";
    String op = "";
    String domain = "";
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> inputs.add(wire.text());
        case 2 -> outputs.add(wire.text());
        case 3 -> name = wire.text();
        case 4 -> op = wire.text();
        case 5 -> {
          Attribute attribute = attribute(wire.message("an attribute of node " + name), name, op);
          if (attributes.put(attribute.name(), attribute) != null) {
            throw wire.wrong("the attribute " + attribute.name() + " twice in node " + name);
          }
        }
        case 7 -> domain = wire.text();
        default -> {}
      }
      room.thing();
      if (inputs.size() + outputs.size() + attributes.size() > MOST_NAMES) {
        throw wire.wrong("more than " + MOST_NAMES + " inputs and outputs of node " + name);
      }
    }
    if (op.isEmpty() || outputs.isEmpty()) {
      throw wire.wrong("a node '" + name + "' without " + (op.isEmpty() ? "op" : "outputs"));
    }
    String known = domain.equals("ai.onnx") ? "" : domain;
    return new OnnxNode(
        name.isEmpty() ? outputs.get(0) : name, op, known, inputs, outputs, attributes);
  }

  private Attribute attribute(Wire wire, String node, String op) {
    String name = "";
    String text = null;
    long number = 0;
    double fraction = 0;
    OnnxTensor tensor = null;
    Numbers numbers = new Numbers("node " + node, room);
    Numbers fractions = new Numbers("node " + node, room);
    while (wire.next()) {
      room.thing();
      switch (wire.field()) {
        case 1 -> name = wire.text();
        case 2 -> fraction = wire.fraction();
        case 3 -> number = wire.number();
        case 4 -> text = wire.text();
        case 5 -> tensor = tensors.read(wire.message("the constant of node " + node));
        case 6, 11 -> throw wire.wrong("a graph within the node " + node + " (" + op + ")");
        case 7 -> wire.fractions(fractions);
        case 8 -> wire.numbers(numbers);
        case 10, 22, 23 -> throw wire.wrong("tensors that are not read, in the node " + node);
        case 21 -> throw wire.wrong("an attribute of a function, in the node " + node);
        default -> {}
      }
    }
    return new Attribute(name, number, fraction, text, numbers.whole(), fractions.values(), tensor);
  }

  /** Reads a ValueInfoProto. */
  static OnnxInput input(Wire wire) {
    String name = "";
    OnnxInput typed = new OnnxInput("", null, null);
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> name = wire.text();
        case 2 -> typed = type(wire.message("the type of " + name));
        default -> {}
      }
    }
    return new OnnxInput(name, typed.type(), typed.dims());
  }

  private static OnnxInput type(Wire wire) {
    OnnxInput typed = new OnnxInput("", null, null);
    while (wire.next()) {
      if (wire.field() == 1) {
        Wire tensor = wire.message("a type");
        ElementType type = null;
        long[] dims = null;
        while (tensor.next()) {
          switch (tensor.field()) {
            case 1 -> type = ElementType.of(tensor.number()).orElse(null);
            case 2 -> dims = dims(tensor.message("a shape"));
            default -> {}
          }
        }
        typed = new OnnxInput("", type, dims);
      }
    }
    return typed;
  }

  private static long[] dims(Wire wire) {
    List<Long> dims = new ArrayList<>();
    while (wire.next()) {
      if (wire.field() == 1) {
        Wire dim = wire.message("a size");
        long size = OnnxInput.FREE;
        while (dim.next()) {
          if (dim.field() == 1) {
            size = dim.number();
          }
        }
        dims.add(size < 0 ? OnnxInput.FREE : size);
      }
      if (dims.size() > MOST_DIMS) {
        throw wire.wrong("more than " + MOST_DIMS + " sizes");
      }
    }
    return dims.stream().mapToLong(Long::longValue).toArray();
  }
}
