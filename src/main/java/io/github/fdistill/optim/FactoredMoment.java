package io.github.fdistill.optim;

import io.github.fdistill.device.Sizes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * The second moment of each matrix [R,C] by the means r [R] of its rows and c [C] of its columns,
 * as if it were their product:
 *
 * <pre>{@code
 * r <- beta2 r + (1 - beta2) mean over columns of g^2
 * c <- beta2 c + (1 - beta2) mean over rows of g^2
 * v = r c / mean(r)
 * }</pre>
 *
 * A tensor of more dimensions is a matrix of all but the last by the last. One that is too large
 * for a run is as many matrices as it has blocks of rows. Where there is one row or column alone
 * each number has a moment of its own. Shazeer and Stern 2018 (Adafactor), Algorithm 2.
 */
final class FactoredMoment implements SecondMoment {
  private final Ops outside;
  private final FloatVariable rows;
  private final Optional<FloatVariable> columns;
  private final Expr oldRows;
  private final Optional<Expr> oldColumns;
  private final List<Expr> newRows = new ArrayList<>();
  private final List<Expr> newColumns = new ArrayList<>();
  private long row;
  private long column;

  /**
   * @param tf where variables are made: without control dependencies
   * @param rows name of the variable of row means, of all parameters after one another
   * @param columns that of column means; there is none where no parameter is a matrix
   * @param runs all that will be taken in
   */
  FactoredMoment(Ops tf, String rows, String columns, List<Parameters> runs) {
    List<Parameter> all = runs.stream().flatMap(run -> run.list().stream()).toList();
    long ofRows = all.stream().mapToLong(FactoredMoment::rows).sum();
    long ofColumns = all.stream().mapToLong(FactoredMoment::columns).sum();
    outside = tf;
    this.rows = FloatVariable.create(tf, rows, Shape.of(ofRows));
    this.columns =
        ofColumns == 0
            ? Optional.empty()
            : Optional.of(FloatVariable.create(tf, columns, Shape.of(ofColumns)));
    oldRows = this.rows.read(tf);
    oldColumns = this.columns.map(c -> c.read(tf));
  }

  private static boolean isMatrix(Parameter p) {
    return p.columns() > 1 && p.size() > p.columns();
  }

  private static long rows(Parameter p) {
    return isMatrix(p) ? p.size() / p.columns() : p.size();
  }

  private static long columns(Parameter p) {
    return isMatrix(p) ? p.columns() : 0;
  }

  @Override
  public List<FloatVariable> variables() {
    List<FloatVariable> all = new ArrayList<>(List.of(rows));
    columns.ifPresent(all::add);
    return all;
  }

  @Override
  public Next next(Ops waiting, Parameters run, Expr gradient, Expr beta2, Operand<TInt32> chance) {
    Ops tf = outside;
    long[] offsets = run.offsets();
    List<Expr> values = new ArrayList<>();
    for (int i = 0; i < offsets.length; i++) {
      Parameter p = run.list().get(i);
      Expr squares = Expr.of(tf, Sizes.slice(tf, gradient, offsets[i], p.size())).square();
      values.add(isMatrix(p) ? ofMatrix(tf, p, squares, beta2) : ofEach(tf, p, squares, beta2));
      if (p.zeros() > 0) {
        values.add(Expr.of(tf, tf.fill(Sizes.of(tf, p.zeros()), tf.constant(0f))));
      }
    }
    return new Next(joined(values), List.of());
  }

  private Expr ofEach(Ops tf, Parameter p, Expr squares, Expr beta2) {
    Expr v = SecondMoment.mixed(oldRow(tf, p), squares, beta2.in(tf));
    newRows.add(v);
    return v;
  }

  private Expr ofMatrix(Ops tf, Parameter p, Expr squares, Expr beta2) {
    Expr matrix = squares.reshape(rows(p), columns(p));
    Expr r = SecondMoment.mixed(oldRow(tf, p), matrix.mean(1), beta2.in(tf));
    Expr c = SecondMoment.mixed(oldColumn(tf, p), matrix.mean(0), beta2.in(tf));
    newRows.add(r);
    newColumns.add(c);
    // Of a matrix that never had a gradient r, c and their mean are 0, and so is v.
    Expr share = Expr.of(tf, tf.math.divNoNan(r, r.mean()));
    return share.reshape(rows(p), 1).times(c.reshape(1, columns(p))).reshape(p.size());
  }

  private Expr oldRow(Ops tf, Parameter p) {
    row += rows(p);
    return Expr.of(tf, Sizes.slice(tf, oldRows, row - rows(p), rows(p)));
  }

  private Expr oldColumn(Ops tf, Parameter p) {
    column += columns(p);
    return Expr.of(tf, Sizes.slice(tf, oldColumns.orElseThrow(), column - columns(p), columns(p)));
  }

  @Override
  public List<Op> rest(Ops tf) {
    List<Op> kept = new ArrayList<>();
    kept.add(rows.assign(tf, joined(newRows)));
    columns.ifPresent(c -> kept.add(c.assign(tf, joined(newColumns))));
    return kept;
  }

  private static Expr joined(List<Expr> parts) {
    return parts.size() == 1 ? parts.get(0) : Expr.concat(0, parts);
  }
}
