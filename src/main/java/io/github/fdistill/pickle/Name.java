package io.github.fdistill.pickle;

/**
 * A name that a pickle refers to, of a class or function. It is no more than the name.
 *
 * @param module it is in
 */
public record Name(String module, String name) {
  @Override
  public String toString() {
    return module + "." + name;
  }
}
