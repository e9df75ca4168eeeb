package io.github.fdistill.pickle;

import io.github.fdistill.tensors.NumberType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The names that a pickle may refer to: those that files of weights hold. */
final class KnownNames {
  static final Name PERSISTENT = new Name("torch_utils.persistence", "_reconstruct_persistent_obj");
  static final Name TENSOR = new Name("torch._utils", "_rebuild_tensor_v2");
  static final Name PARAMETER = new Name("torch._utils", "_rebuild_parameter");
  static final Name STORAGE = new Name("torch.storage", "_load_from_bytes");
  static final Name ENCODE = new Name("_codecs", "encode");

  /** Arrays of NumPy in protocol 5. */
  static final Set<Name> BUFFERS =
      Set.of(
          new Name("numpy.core.numeric", "_frombuffer"),
          new Name("numpy._core.numeric", "_frombuffer"));

  /** Single numbers of NumPy. */
  static final Set<Name> SCALARS =
      Set.of(
          new Name("numpy.core.multiarray", "scalar"),
          new Name("numpy._core.multiarray", "scalar"));

  /** Dictionaries of other names. */
  private static final Set<Name> DICTS =
      Set.of(
          new Name("collections", "OrderedDict"),
          new Name("builtins", "dict"),
          new Name("dnnlib.util", "EasyDict"),
          new Name("dnnlib", "EasyDict"));

  private static final Map<Name, NumberType> STORAGES = new HashMap<>();

  static {
    STORAGES.put(new Name("torch", "DoubleStorage"), NumberType.F64);
    STORAGES.put(new Name("torch", "FloatStorage"), NumberType.F32);
    STORAGES.put(new Name("torch", "HalfStorage"), NumberType.F16);
    STORAGES.put(new Name("torch", "BFloat16Storage"), NumberType.BF16);
    STORAGES.put(new Name("torch", "LongStorage"), NumberType.I64);
    STORAGES.put(new Name("torch", "IntStorage"), NumberType.I32);
    STORAGES.put(new Name("torch", "ShortStorage"), NumberType.I16);
    STORAGES.put(new Name("torch", "CharStorage"), NumberType.I8);
    STORAGES.put(new Name("torch", "ByteStorage"), NumberType.U8);
    STORAGES.put(new Name("torch", "BoolStorage"), NumberType.BOOL);
  }

  /** What stands beside weights: read as records of what they would be made of. */
  private static final String RECORDS =
      """
      torch.nn.modules.container.ModuleDict torch.nn.modules.container.ModuleList
      torch.nn.modules.container.Sequential torch.nn.parameter.Parameter torch.Size torch.device
      torch.float64 torch.float32 torch.float16 torch.bfloat16 torch.int64 torch.int32 torch.uint8
      torch.bool
      numpy.core.multiarray._reconstruct numpy._core.multiarray._reconstruct
      numpy.ndarray numpy.dtype numpy.float64 numpy.float32 numpy.int64
      argparse.Namespace builtins.set builtins.frozenset __builtin__.set __builtin__.frozenset
      pathlib.PosixPath pathlib.PurePosixPath builtins.bytes __builtin__.bytes
      """;

  private static final Set<Name> OTHERS = new HashSet<>();

  static {
    for (String full : RECORDS.strip().split("\\s+")) {
      int dot = full.lastIndexOf('.');
      OTHERS.add(new Name(full.substring(0, dot), full.substring(dot + 1)));
    }
    OTHERS.add(PERSISTENT);
    OTHERS.add(TENSOR);
    OTHERS.add(PARAMETER);
    OTHERS.add(STORAGE);
    OTHERS.add(ENCODE);
    OTHERS.addAll(BUFFERS);
    OTHERS.addAll(SCALARS);
  }

  private KnownNames() {}

  static boolean allow(Name name) {
    return OTHERS.contains(name) || DICTS.contains(name) || STORAGES.containsKey(name);
  }

  static boolean isDict(Name name) {
    return DICTS.contains(name);
  }

  /** The numbers of a storage of this name. */
  static Optional<NumberType> storage(Name name) {
    return Optional.ofNullable(STORAGES.get(name));
  }
}
