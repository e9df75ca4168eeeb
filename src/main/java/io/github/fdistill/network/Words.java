package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;

/**
 * What texts say to a network.
 *
 * @param each token of a text, [N,T,C]
 * @param all of a text together, [N,C]
 * @param padding what is added to the logits of attention to a token, [N,1,1,T]: 0, and so low a
 *     number that nothing is left where the token says nothing
 */
record Words(Expr each, Expr all, Expr padding) {}
