package io.github.fdistill.network;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.op.Ops;

/** Scopes of names below one, each made once: asked for again, it is the same. */
final class Scopes {
  private final Ops root;
  private final Map<String, Ops> made = new HashMap<>();

  Scopes(Ops root) {
    this.root = root;
  }

  /** The scope of a path, such as {@code down_blocks/0/resnets}. */
  Ops at(String path) {
    Ops scope = made.get(path);
    if (scope == null) {
      int slash = path.lastIndexOf('/');
      Ops outer = slash < 0 ? root : at(path.substring(0, slash));
      scope = outer.withSubScope(path.substring(slash + 1));
      made.put(path, scope);
    }
    return scope;
  }
}
