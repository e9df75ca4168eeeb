/**
 * Pickles, Python's files of objects, read as data: a machine of our own knows their opcodes and a
 * list of the names that files of weights hold; it imports nothing and calls nothing.
 *
 * <p>Start at {@link PickleFile}. {@link PickleMachine} is the machine, {@link KnownNames} the
 * list.
 */
package io.github.fdistill.pickle;
