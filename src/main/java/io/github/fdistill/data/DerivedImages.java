package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Images of another source, some of them or in another way: all that is not said is the other's.
 */
interface DerivedImages extends ImageSource {
  /** Whose images they are. */
  ImageSource source();

  /** The number that an image has there. */
  default long there(long index) {
    return index;
  }

  @Override
  default long size() {
    return source().size();
  }

  @Override
  default int height() {
    return source().height();
  }

  @Override
  default int width() {
    return source().width();
  }

  @Override
  default int channels() {
    return source().channels();
  }

  @Override
  default int classes() {
    return source().classes();
  }

  @Override
  default List<String> classNames() {
    return source().classNames();
  }

  @Override
  default int label(long index) {
    return source().label(there(index));
  }

  @Override
  default List<String> captions(long index) {
    return source().captions(there(index));
  }

  @Override
  default boolean hasCaptions() {
    return source().hasCaptions();
  }

  @Override
  default boolean tellsCaptions() {
    return source().tellsCaptions();
  }

  @Override
  default String where(long index) {
    return source().where(there(index));
  }

  @Override
  default Conditioning conditioning() {
    return source().conditioning();
  }

  @Override
  default void copyCondition(long index, ConditionRows into, int row) {
    source().copyCondition(there(index), into, row);
  }

  @Override
  default void copy(long index, float[] into, int offset) {
    source().copy(there(index), into, offset);
  }

  @Override
  default SizedImage stored(long index) {
    return source().stored(there(index));
  }

  @Override
  default void check() {
    source().check();
  }

  @Override
  default void checkPixels(LongConsumer done) {
    source().checkPixels(done);
  }

  @Override
  default List<String> notes() {
    return source().notes();
  }

  @Override
  default Map<String, String> unread() {
    return source().unread();
  }

  @Override
  default String readAs() {
    return source().readAs();
  }
}
